package netlab

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
)

// OVS is a separate Open vSwitch with the datapath in user space, in a namespace.
type OVS struct {
	dir              string
	server, vswitchd *Process
}

const ovsSchema = "/usr/share/openvswitch/vswitch.ovsschema"

// NeedOVS skips a test without Open vSwitch and iproute2.
func NeedOVS(t testing.TB) {
	t.Helper()
	for _, name := range []string{"ovs-vswitchd", "ovsdb-server", "ovsdb-tool", "ovs-vsctl", "ip"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs Open vSwitch and iproute2: %v", err)
		}
	}
}

// StartOVS starts an Open vSwitch without a bridge. It ends with the test. A namespace can have
// one.
func StartOVS(t testing.TB, ns *NS) *OVS {
	t.Helper()
	// The path of the test's own directory may be too long for a socket.
	dir, err := os.MkdirTemp("", "ovs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	o := &OVS{dir: dir}
	db := filepath.Join(dir, "conf.db")
	if out, err := exec.Command("ovsdb-tool", "create", db, ovsSchema).CombinedOutput(); err != nil {
		t.Fatalf("ovsdb-tool: %v\n%s", err, out)
	}
	o.server = o.launch(t, ns, "ovsdb-server", db, "--remote=punix:"+dir+"/db.sock", "--unixctl="+dir+"/db.ctl", "-vconsole:warn")
	o.awaitSocket(t, o.server, "db.sock")
	o.Set(t, "--no-wait", "init")
	o.vswitchd = o.launch(t, ns, "ovs-vswitchd", "unix:"+dir+"/db.sock", "--unixctl="+dir+"/vs.ctl", "-vconsole:warn")
	o.awaitSocket(t, o.vswitchd, "vs.ctl")
	return o
}

func (o *OVS) launch(t testing.TB, ns *NS, name string, args ...string) *Process {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "OVS_RUNDIR="+o.dir, "OVS_LOGDIR="+o.dir, "OVS_DBDIR="+o.dir)
	return ns.Launch(t, cmd)
}

// awaitSocket waits until a program listens: its socket exists a little earlier.
func (o *OVS) awaitSocket(t testing.TB, p *Process, name string) {
	t.Helper()
	Await(t, p.Cmd.Path+" listens", func() bool {
		if p.Ended() {
			t.Fatalf("%s ended: %v\n%s", p.Cmd.Path, p.Err(), &p.Log)
		}
		conn, err := net.Dial("unix", filepath.Join(o.dir, name))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// Set changes the configuration with the arguments of ovs-vsctl, and waits until the switch has
// taken it.
func (o *OVS) Set(t testing.TB, args ...string) {
	t.Helper()
	args = append([]string{"--timeout=60", "--db=unix:" + o.dir + "/db.sock"}, args...)
	if out, err := exec.Command("ovs-vsctl", args...).CombinedOutput(); err != nil {
		t.Fatalf("ovs-vsctl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// Ask sends a request such as "lacp/show" to the switch, as ovs-appctl does, by JSON-RPC and
// without a process for each request.
func (o *OVS) Ask(method string) (string, error) {
	conn, err := net.Dial("unix", filepath.Join(o.dir, "vs.ctl"))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(Patience)); err != nil {
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

// Show returns the state of all bonds as the switch prints it.
func (o *OVS) Show() string {
	lacp, err1 := o.Ask("lacp/show")
	bond, err2 := o.Ask("bond/show")
	if err := errors.Join(err1, err2); err != nil {
		return err.Error()
	}
	return lacp + bond
}

// OVSMember is the state of a member of a bond as Open vSwitch reports it.
type OVSMember struct {
	Status  string          // such as "current attached"
	Enabled bool            // it sends data there
	Actor   map[string]bool // its own state, such as "synchronized"
	Partner map[string]bool
}

// Members returns the members of all bonds, by name.
func (o *OVS) Members(t testing.TB) map[string]OVSMember {
	t.Helper()
	lacp, err1 := o.Ask("lacp/show")
	bond, err2 := o.Ask("bond/show")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return parseOVSMembers(lacp, bond)
}

// parseOVSMembers reads the output of lacp/show and bond/show.
func parseOVSMembers(lacp, bond string) map[string]OVSMember {
	members := make(map[string]OVSMember)
	var name string
	for line := range strings.Lines(lacp) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		m := members[name]
		switch key {
		case "member":
			name, value, _ = strings.Cut(value, ": ")
			m = OVSMember{Status: value}
		case "actor state":
			m.Actor = wordSet(value)
		case "partner state":
			m.Partner = wordSet(value)
		}
		if name != "" {
			members[name] = m
		}
	}
	for line := range strings.Lines(bond) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "member ")
		if name, state, found := strings.Cut(rest, ": "); ok && found {
			m := members[name]
			m.Enabled = state == "enabled"
			members[name] = m
		}
	}
	return members
}

func wordSet(s string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}
