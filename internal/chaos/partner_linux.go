package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// partner is the other end of the LAG.
type partner interface {
	start() error
	signal(syscall.Signal) error
	kill() error // kills the processes that start has started
	stop() error // stops everything, at the end
	abandon()    // kills the remaining processes
	keepsOrder() bool
	show() string
}

func killIfLeft(p *process) {
	if p != nil && !p.ended() {
		_ = p.kill()
	}
}

// lagkit is a second lacpd.
type lagkit struct {
	bed *bed
	*process
}

func (l *lagkit) start() (err error) {
	c := newConfig("o", len(l.bed.cables), theirIP)
	if err := os.WriteFile(l.bed.path("partner.yaml"), []byte(c.text()), 0o600); err != nil {
		return err
	}
	l.process, err = runLacpd(l.bed.far, l.bed.program, l.bed.path("partner"))
	return err
}

func (l *lagkit) abandon()         { killIfLeft(l.process) }
func (l *lagkit) stop() error      { return l.end(endWithin) }
func (l *lagkit) keepsOrder() bool { return true }

func (l *lagkit) show() string {
	_, raw, err := ask(l.bed.path("partner.sock"))
	return fmt.Sprint(raw, err)
}

// openVSwitch is Open vSwitch with its datapath in user space.
type openVSwitch struct {
	bed    *bed
	server *process // ovsdb-server
	*process
}

const ovsSchema = "/usr/share/openvswitch/vswitch.ovsschema"

func (o *openVSwitch) env() []string {
	dir := o.bed.path("ovs")
	return []string{"OVS_RUNDIR=" + dir, "OVS_LOGDIR=" + dir, "OVS_DBDIR=" + dir}
}

func (o *openVSwitch) vsctl(format string, args ...any) error {
	words := append([]string{"--timeout=20", "--db=unix:" + o.bed.path("ovs/db.sock")}, strings.Fields(fmt.Sprintf(format, args...))...)
	if out, err := exec.Command("ovs-vsctl", words...).CombinedOutput(); err != nil {
		return fmt.Errorf("ovs-vsctl: %w: %s", err, out)
	}
	return nil
}

// create makes its database, with a bridge br0 that has a bond of the cables.
func (o *openVSwitch) create() error {
	dir := o.bed.path("ovs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if out, err := exec.Command("ovsdb-tool", "create", dir+"/conf.db", ovsSchema).CombinedOutput(); err != nil {
		return fmt.Errorf("ovsdb-tool: %w: %s", err, out)
	}
	var err error
	o.server, err = startProcess(o.bed.far, o.bed.path("partner.log"), o.env(), "ovsdb-server", dir+"/conf.db",
		"--remote=punix:"+dir+"/db.sock", "--unixctl="+dir+"/db.ctl", "-vconsole:warn")
	if err != nil {
		return err
	}
	if err := await("ovsdb-server answers", startWithin, func() bool { return o.vsctl("--no-wait init") == nil }); err != nil {
		return err
	}
	names := make([]string, len(o.bed.cables))
	for i, c := range o.bed.cables {
		names[i] = c.theirs()
		// The datapath also leaves the frames to the host's stack.
		if err := o.bed.far.ip("link set dev %s arp off", c.theirs()); err != nil {
			return err
		}
	}
	return o.vsctl("--no-wait add-br br0 -- set bridge br0 datapath_type=netdev other_config:hwaddr=0a:00:00:00:09:02 "+
		"-- add-bond br0 lag0 %s lacp=active other_config:lacp-time=fast bond_mode=balance-tcp", strings.Join(names, " "))
}

func (o *openVSwitch) start() (err error) {
	if o.server == nil {
		if err := o.create(); err != nil {
			return err
		}
	}
	dir := o.bed.path("ovs")
	o.process, err = startProcess(o.bed.far, o.bed.path("partner.log"), o.env(), "ovs-vswitchd", "unix:"+dir+"/db.sock",
		"--unixctl="+dir+"/vs.ctl", "-vconsole:warn")
	if err != nil {
		return err
	}
	err = await("br0 is there", startWithin, func() bool {
		_, err := o.bed.far.index("br0")
		return err == nil
	})
	return errors.Join(err, o.bed.far.ip("addr replace %s/24 dev br0", theirIP), o.bed.far.ip("link set dev br0 up"))
}

func (o *openVSwitch) stop() error {
	// A graceful stop removes the bridge.
	err := o.end(endWithin)
	if o.server != nil {
		err = errors.Join(err, o.server.end(endWithin))
	}
	return err
}

func (o *openVSwitch) abandon() {
	killIfLeft(o.process)
	killIfLeft(o.server)
}

func (o *openVSwitch) keepsOrder() bool { return false }

func (o *openVSwitch) show() string {
	ctl := o.bed.path("ovs/vs.ctl")
	var s strings.Builder
	for _, what := range []string{"lacp/show", "bond/show"} {
		cmd := exec.Command("ovs-appctl", "--timeout=2", "-t", ctl, what)
		out, err := cmd.CombinedOutput()
		fmt.Fprintf(&s, "%s%v\n", out, err)
	}
	return s.String()
}
