package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// ovs is a separate Open vSwitch, with the userspace datapath, in a namespace.
type ovs struct {
	ns  *netlab.NS
	dir string
}

// ovsConfig describes its bond.
type ovsConfig struct {
	members []string
	passive bool
	fast    bool
	id      byte // tells two of them apart; 0 is 2
	static  bool // no LACP
	single  bool // LACP on one port, which is no bond
}

const (
	ovsBridge = "br0"
	ovsBond   = "lag0"
	ovsIP     = "10.9.0.2" // with id 2
	ovsMAC    = "0a:00:00:00:09:02"
)

// bond returns the arguments that make ovs-vsctl add the bond.
func (c ovsConfig) bond() []string {
	mode, rate := "active", "slow"
	if c.passive {
		mode = "passive"
	}
	if c.fast {
		rate = "fast"
	}
	if c.single {
		return []string{"add-port", ovsBridge, c.members[0], "--", "set", "port", c.members[0], "lacp=" + mode, "other_config:lacp-time=" + rate}
	}
	args := append([]string{"add-bond", ovsBridge, ovsBond}, c.members...)
	if c.static {
		// It accepts frames from all members, and sends a station's frames on one.
		return append(args, "lacp=off", "bond_mode=balance-slb")
	}
	return append(args, "lacp="+mode, "other_config:lacp-time="+rate, "bond_mode=balance-tcp",
		"other_config:bond-rebalance-interval=1000")
}

const ovsSchema = "/usr/share/openvswitch/vswitch.ovsschema"

// startOVS starts an Open vSwitch whose bridge br0 has a bond lag0 of the members.
func startOVS(t testing.TB, ns *netlab.NS, cfg ovsConfig) *ovs {
	t.Helper()
	// The path of the test's own directory may be too long for a socket.
	dir, err := os.MkdirTemp("", "lagovs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	o := &ovs{ns, dir}
	for path, value := range map[string]string{
		"ipv6/conf/all/disable_ipv6": "1", "ipv6/conf/default/disable_ipv6": "1",
		"ipv4/conf/all/arp_ignore": "1", "ipv4/conf/all/arp_announce": "2", "ipv4/conf/all/rp_filter": "0",
	} {
		setSysctl(t, ns, path, value)
	}
	for _, name := range cfg.members {
		// The datapath also leaves the frames to the host's stack.
		ns.Run(t, "ip", "link", "set", "dev", name, "arp", "off")
	}
	db := filepath.Join(dir, "conf.db")
	if out, err := exec.Command("ovsdb-tool", "create", db, ovsSchema).CombinedOutput(); err != nil {
		t.Fatalf("ovsdb-tool: %v\n%s", err, out)
	}
	env := []string{"OVS_RUNDIR=" + dir, "OVS_LOGDIR=" + dir, "OVS_DBDIR=" + dir}
	server := start(t, ns, env, "ovsdb-server", db, "--remote=punix:"+dir+"/db.sock", "--unixctl="+dir+"/db.ctl", "-vconsole:warn")
	o.awaitSocket(t, server, "db.sock")
	o.vsctl(t, "--no-wait", "init")
	vswitchd := start(t, ns, env, "ovs-vswitchd", "unix:"+dir+"/db.sock", "--unixctl="+dir+"/vs.ctl", "-vconsole:warn")
	o.awaitSocket(t, vswitchd, "vs.ctl")

	id := cfg.id
	if id == 0 {
		id = 2
	}
	mac := fmt.Sprintf("0a:00:00:00:09:%02x", id)
	args := []string{"add-br", ovsBridge, "--", "set", "bridge", ovsBridge, "datapath_type=netdev", "other_config:hwaddr=" + mac, "--"}
	o.vsctl(t, append(args, cfg.bond()...)...)
	ns.AddAddr(t, ovsBridge, fmt.Sprintf("10.9.0.%d/24", id))
	ns.Up(t, ovsBridge)
	return o
}

func setSysctl(t testing.TB, ns *netlab.NS, path, value string) {
	t.Helper()
	ns.Must(t, func() error { return os.WriteFile("/proc/sys/net/"+path, []byte(value), 0) })
}

// awaitSocket waits until a program listens: its socket exists a little earlier.
func (o *ovs) awaitSocket(t testing.TB, p *process, name string) {
	t.Helper()
	await(t, name, time.Now(), 10*time.Second, func() bool {
		if p.ended() {
			t.Fatalf("%s ended: %v\n%s", p.cmd.Path, p.err, &p.log)
		}
		conn, err := net.Dial("unix", filepath.Join(o.dir, name))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, p.log.String)
}

func (o *ovs) vsctl(t testing.TB, args ...string) {
	t.Helper()
	args = append([]string{"--timeout=10", "--db=unix:" + o.dir + "/db.sock"}, args...)
	if out, err := exec.Command("ovs-vsctl", args...).CombinedOutput(); err != nil {
		t.Fatalf("ovs-vsctl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// control sends a request to ovs-vswitchd as ovs-appctl does, by JSON-RPC, without a process
// for each request.
func (o *ovs) control(method string) (string, error) {
	conn, err := net.Dial("unix", filepath.Join(o.dir, "vs.ctl"))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(conn, `{"id":0,"method":%q,"params":[]}`, method); err != nil {
		return "", err
	}
	var reply struct {
		Result string
		Error  any
	}
	if err := json.NewDecoder(conn).Decode(&reply); err != nil {
		return "", err
	}
	if reply.Error != nil {
		return "", fmt.Errorf("ovs-vswitchd: %s: %v", method, reply.Error)
	}
	return reply.Result, nil
}

// ovsMember is the state of one member as Open vSwitch reports it.
type ovsMember struct {
	status  string // "current attached"
	enabled bool   // it sends data there
	actor   map[string]bool
	partner map[string]bool
}

func (m ovsMember) distributing() bool {
	return m.enabled && m.actor["collecting"] && m.actor["distributing"] &&
		m.partner["synchronized"] && m.partner["collecting"]
}

// members returns the members by name.
func (o *ovs) members(t testing.TB) map[string]ovsMember {
	t.Helper()
	lacp, err1 := o.control("lacp/show")
	bond, err2 := o.control("bond/show")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return parseMembers(lacp, bond)
}

// parseMembers reads the output of lacp/show and bond/show.
func parseMembers(lacp, bond string) map[string]ovsMember {
	members := make(map[string]ovsMember)
	var name string
	for line := range strings.Lines(lacp) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		m := members[name]
		switch key {
		case "member":
			name, value, _ = strings.Cut(value, ": ")
			m = ovsMember{status: value}
		case "actor state":
			m.actor = words(value)
		case "partner state":
			m.partner = words(value)
		}
		if name != "" {
			members[name] = m
		}
	}
	for line := range strings.Lines(bond) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "member ")
		if name, state, found := strings.Cut(rest, ": "); ok && found {
			m := members[name]
			m.enabled = state == "enabled"
			members[name] = m
		}
	}
	return members
}

func words(s string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

func (o *ovs) show() string {
	lacp, _ := o.control("lacp/show")
	bond, _ := o.control("bond/show")
	return lacp + bond
}
