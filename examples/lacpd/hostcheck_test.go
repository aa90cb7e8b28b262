package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
)

// busyLinks returns the interfaces of a machine where most of them are in use.
func busyLinks() hostLinks {
	return hostLinks{
		{index: 1, name: "lo"}, {index: 2, name: "eth1", altnames: []string{"enp1s0"}}, {index: 3, name: "eth2"},
		{index: 4, name: "eth3"}, {index: 5, name: "eth4"}, {index: 6, name: "eth5"}, {index: 7, name: "eth6"},
		{index: 8, name: "br0", kind: "bridge"}, {index: 9, name: "bond7", kind: "tun"},
		{index: 10, name: "bond8", kind: "tun", left: true}, {index: 11, name: "bond9", kind: "tun"},
	}
}

// busyRefuses returns why a port of busyLinks can't be used.
func busyRefuses(port string, mtu int) error {
	switch {
	case port == "eth3":
		return &bond.LinkError{Name: port, Field: "Name", Value: port, Allowed: "an interface that is no port of another; this one belongs to br0"}
	case port == "eth4", port == "eth5":
		return &bond.LinkError{Name: port, Op: "take over", Allowed: "an interface can be a member once", Err: &netif.OwnedError{PID: 71}}
	case port == "eth6" && mtu > 1500:
		return &bond.LinkError{Name: port, Field: "MTU", Value: fmt.Sprint(mtu), Allowed: "68 to 1500"}
	}
	return nil
}

func TestCheckSeesWhatRunWouldRefuseBOX31(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"{name: a, ports: [eth1, eth2]}", ""},
		{"{name: a, ports: [enp1s0, eth2]}", ""},
		{"{name: a, ports: [eth1, enp1s0]}", "f:2:27: ports: enp1s0: allowed: each interface once, it is eth1, a port on line 2"},
		{"{name: a, ports: [eth1]}\n- {name: b, ports: [enp1s0]}", "f:3:21: ports: enp1s0: allowed: each interface once, it is eth1, a port on line 2"},
		{"{name: a, ports: [eth3]}", "f:2:21: ports: eth3: allowed: an interface that is no port of another; this one belongs to br0"},
		{"{name: a, ports: [eth4]}", "f:2:21: ports: eth4: process 71 of user 0 has it as a member: stop that process, or remove the interface from its bond"},
		{"{name: bond7, ports: [eth5]}", ""}, // a port of the running lacpd
		{"{name: br0, ports: [eth1]}", "f:2:4: name: br0: an interface of this name exists (bridge): choose another name, or delete it"},
		{"{name: bond8, ports: [eth1]}", "f:2:4: warning: name: bond8: a device of this name exists: run uses it only if a lacpd left it"},
		{"{name: bond9, ports: [eth1]}", "f:2:4: name: bond9: an interface of this name exists (a TUN or TAP device): choose another name, or delete it"},
		{"{name: enp1s0, ports: [eth2]}", "f:2:4: name: enp1s0: an interface of this name exists: choose another name, or delete it"},
		{"{name: bond7, ports: [eth1]}", ""}, // the device of the running lacpd
		{"\n  name: a\n  ports: [eth6]\n  mtu: 9000", "f:5:3: mtu: 9000: allowed: 68 to 1500 (port eth6)"},
		{"{name: a, ports: [eth1], data_plane: ebpf}", "f:2:28: data_plane: ebpf: the kernel is too old"},
		{"{name: a, ports: [eth1], data_plane: auto}", ""},
		{"{name: a, ports: [eth1, usb0]}", "f:2:27: warning: ports: usb0: no such interface yet: run starts without it and adds it when it appears"},
	} {
		f := config.Parse("f", []byte("bonds:\n- "+tt.text+"\n"))
		if f.Refused() != nil {
			t.Fatalf("%s: %v", tt.text, f.Refused())
		}
		var got []string
		m := machine{links: busyLinks(), refuses: busyRefuses, kernels: kernels{ebpf: func() error { return errors.New("the kernel is too old") }}, bonds: []string{"bond7"}, members: []string{"eth5"}}
		for _, p := range m.problems(f.Bonds) {
			got = append(got, p.In("f"))
		}
		if strings.Join(got, "\n") != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.text, strings.Join(got, "\n"), tt.want)
		}
	}
}

// TestCheckPrintsAllProblemsAtOnceBOX31 checks that check prints all problems of the file and
// the machine in the order of the lines.
func TestCheckPrintsAllProblemsAtOnceBOX31(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	check := func(text string, links func() (hostLinks, error)) (stdout, stderr string, code int) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errOut bytes.Buffer
		h := newFakeHost()
		h.links, h.refuses = links, busyRefuses
		code = runCheck(context.Background(), file, "/nowhere/s", h.host, &out, &errOut)
		return out.String(), errOut.String(), code
	}
	busy := func() (hostLinks, error) { return busyLinks(), nil }
	out, errOut, code := check("bonds:\n- name: a\n  ports: [eth3, usb0]\n  mtu: 1\n- name: br0\n  ports: [eth1]\n", busy)
	want := fmt.Sprintf("%[1]s:3:11: ports: eth3: allowed: an interface that is no port of another; this one belongs to br0\n"+
		"%[1]s:3:17: warning: ports: usb0: no such interface yet: run starts without it and adds it when it appears\n"+
		"%[1]s:4:8: mtu: 1: allowed: 1492 to 9216\n"+
		"%[1]s:5:3: name: br0: an interface of this name exists (bridge): choose another name, or delete it\n", file)
	if code != exitUsage || out != "" || errOut != want {
		t.Errorf("exit %d, stdout %q, stderr\n%swant %d and\n%s", code, out, errOut, exitUsage, want)
	}
	out, errOut, code = check("bonds:\n- {name: a, ports: [eth1, usb0]}\n- {name: b, ports: [eth2]}\n", busy)
	want = file + ":2:27: warning: ports: usb0: no such interface yet: run starts without it and adds it when it appears\n"
	if code != exitOK || out != "a: ok, 2 ports\nb: ok, 1 port\n" || errOut != want {
		t.Errorf("exit %d, stdout %q, stderr %q, want %d and %q", code, out, errOut, exitOK, want)
	}
	out, errOut, code = check("bonds:\n- {name: a, ports: [eth1]}\n", func() (hostLinks, error) { return nil, errors.New("no netlink") })
	if want := "lacpd: only the file was checked: no netlink\n"; code != exitOK || out != "a: ok, 1 port\n" || errOut != want {
		t.Errorf("exit %d, stdout %q, stderr %q, want %d and %q", code, out, errOut, exitOK, want)
	}
}
