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
)

// busyLinks is a machine on which most interfaces are in use.
func busyLinks() hostLinks {
	eth := func(index int, name string) hostLink {
		return hostLink{index: index, name: name, ethernet: true, addr: true, minMTU: 68, maxMTU: 9216}
	}
	links := hostLinks{
		{index: 1, name: "lo", loopback: true},
		eth(2, "eth1"), eth(3, "eth2"), eth(4, "eth3"), eth(5, "eth4"), eth(6, "eth5"),
		{index: 7, name: "br0", kind: "bridge", ethernet: true, addr: true},
		{index: 8, name: "eth4.10", kind: "vlan", ethernet: true, addr: true, lower: 5},
		{index: 9, name: "tun0", kind: "tun"},
		{index: 10, name: "ib0", ethernet: true},
		{index: 11, name: "bond7", kind: "tun", ethernet: true, addr: true},
	}
	links.find("eth3").master = 7
	links.find("eth1").altnames = []string{"enp1s0"}
	links.find("eth5").maxMTU = 1500
	return links
}

func TestCheckSeesWhatRunWouldRefuseBOX31(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"{name: a, ports: [eth1, eth2]}", ""},
		{"{name: a, ports: [enp1s0, eth2]}", ""},
		{"{name: a, ports: [eth1, enp1s0]}", "f:2: ports: enp1s0: allowed: each interface once, it is eth1, a port on line 2"},
		{"{name: a, ports: [eth1]}\n- {name: b, ports: [enp1s0]}", "f:3: ports: enp1s0: allowed: each interface once, it is eth1, a port on line 2"},
		{"{name: a, ports: [eth3]}", "f:2: ports: eth3: it is a port of br0: take it out first (ip link set eth3 nomaster)"},
		{"{name: a, ports: [eth4]}", "f:2: ports: eth4: the vlan interface eth4.10 is made upon it and would get no frames: make that upon the bond"},
		{"{name: a, ports: [lo]}", "f:2: ports: lo: allowed: an Ethernet interface, not the loopback"},
		{"{name: a, ports: [tun0]}", "f:2: ports: tun0: allowed: an Ethernet interface; this one is of another type"},
		{"{name: a, ports: [ib0]}", "f:2: ports: ib0: allowed: an interface with a MAC address; this one has none"},
		{"{name: br0, ports: [eth1]}", "f:2: name: br0: an interface of this name exists (bridge): choose another name, or delete it"},
		{"{name: enp1s0, ports: [eth2]}", "f:2: name: enp1s0: an interface of this name exists: choose another name, or delete it"},
		{"{name: bond7, ports: [eth1]}", ""}, // the lacpd that runs has it
		{"\n  name: a\n  ports: [eth5]\n  mtu: 9000", "f:5: mtu: 9000: allowed: 1492 to 1500 (port eth5)"},
		{"{name: a, ports: [eth1, usb0]}", "f:2: warning: ports: usb0: not there yet: run starts without it and adds it when it appears"},
	} {
		f := parseConfig("f", []byte("bonds:\n- "+tt.text+"\n"))
		if f.refused() != nil {
			t.Fatalf("%s: %v", tt.text, f.refused())
		}
		var got []string
		for _, p := range hostProblems(f.bonds, busyLinks(), ours{map[string]bool{"bond7": true}}) {
			got = append(got, p.in("f"))
		}
		if strings.Join(got, "\n") != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.text, strings.Join(got, "\n"), tt.want)
		}
	}
}

// check prints all problems of file and machine in the order of the lines.
func TestCheckPrintsAllProblemsAtOnceBOX31(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	check := func(text string, links func() (hostLinks, error)) (stdout, stderr string, code int) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errOut bytes.Buffer
		h := newFakeHost()
		h.links = links
		code = runCheck(context.Background(), arguments{config: file, socket: "/nowhere/s"}, h.host, &out, &errOut)
		return out.String(), errOut.String(), code
	}
	busy := func() (hostLinks, error) { return busyLinks(), nil }
	out, errOut, code := check("bonds:\n- name: a\n  ports: [eth3, usb0]\n  mtu: 1\n- name: br0\n  ports: [eth1]\n", busy)
	want := fmt.Sprintf("%[1]s:3: ports: eth3: it is a port of br0: take it out first (ip link set eth3 nomaster)\n"+
		"%[1]s:3: warning: ports: usb0: not there yet: run starts without it and adds it when it appears\n"+
		"%[1]s:4: mtu: 1: allowed: 1492 to 9216\n"+
		"%[1]s:5: name: br0: an interface of this name exists (bridge): choose another name, or delete it\n", file)
	if code != exitUsage || out != "" || errOut != want {
		t.Errorf("exit %d, stdout %q, stderr\n%swant %d and\n%s", code, out, errOut, exitUsage, want)
	}
	out, errOut, code = check("bonds:\n- {name: a, ports: [eth1, usb0]}\n- {name: b, ports: [eth2]}\n", busy)
	want = file + ":2: warning: ports: usb0: not there yet: run starts without it and adds it when it appears\n"
	if code != exitOK || out != "a: ok, 2 ports\nb: ok, 1 port\n" || errOut != want {
		t.Errorf("exit %d, stdout %q, stderr %q, want %d and %q", code, out, errOut, exitOK, want)
	}
	out, errOut, code = check("bonds:\n- {name: a, ports: [eth1]}\n", func() (hostLinks, error) { return nil, errors.New("no netlink") })
	if want := "lacpd: only the file was checked: no netlink\n"; code != exitOK || out != "a: ok, 1 port\n" || errOut != want {
		t.Errorf("exit %d, stdout %q, stderr %q, want %d and %q", code, out, errOut, exitOK, want)
	}
}
