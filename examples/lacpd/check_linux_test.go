package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/privilege"
	"github.com/lagkit/lagkit/internal/netlab"
)

// TestLinksOfTheMachine checks that findLinks returns everything that check needs.
func TestLinksOfTheMachine(t *testing.T) {
	ns := netlab.New(t)
	ns.Run(t, "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
	ns.Run(t, "ip", "link", "property", "add", "dev", "v0", "altname", "enp1s0", "altname", "uplink-to-the-core-switch-in-rack-7")
	ns.Run(t, "ip", "link", "add", "br0", "type", "bridge")
	var links hostLinks
	ns.Must(t, func() (err error) { links, err = findLinks(); return err })
	if len(links) != 4 {
		t.Fatalf("%d interfaces, want 4: %+v", len(links), links)
	}
	v0, br0 := links.find("v0"), links.find("br0")
	if want := []string{"enp1s0", "uplink-to-the-core-switch-in-rack-7"}; v0.kind != "veth" || !slices.Equal(v0.altnames, want) {
		t.Errorf("v0 is %+v, want a veth with names %q", v0, want)
	}
	if links.find("enp1s0") != v0 || !links.same("enp1s0", "v0") || links.same("v0", "v1") {
		t.Error("got another interface for enp1s0, want v0 and not v1")
	}
	if br0.kind != "bridge" || br0.what() != " (bridge)" {
		t.Errorf("br0 is %+v, want a bridge", br0)
	}
}

// TestCheckAndRunAgreeBOX31 checks that check and run report the same problems with interfaces
// in use.
func TestCheckAndRunAgreeBOX31(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, config string
		commands     []string
		want         string
	}{
		{"port of a bridge", oneBond, []string{"link add br0 type bridge", "link set v1 master br0"}, "v1: allowed: an interface that is no port of another; this one belongs to br0"},
		{"macvlan on a port", oneBond, []string{"link add m0 link v1 type macvlan"}, "v1: allowed: an interface that no other sits on; the macvlan interface m0 does"},
		{"name taken", oneBond, []string{"link add bond0 type bridge"}, "bond0: an interface of this name exists (bridge)"},
		{"name taken as another name", oneBond, []string{"link property add dev v0 altname bond0"}, "bond0: an interface of this name exists (veth)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, _ := pairOf(t)
			for _, c := range tt.commands {
				a.Run(t, "ip", strings.Fields(c)...)
			}
			p := startProcess(t, a, tt.config, nil)
			p.log.await(t, "msg=running")
			if b := p.bond("bond0"); b.Fault == nil || !strings.Contains(b.Fault.Error, tt.want) {
				t.Errorf("run: fault %+v, want %q", b.Fault, tt.want)
			}
			if out, code := p.run(t, "check", "-config", p.config); code != exitUsage || !strings.Contains(out, tt.want) {
				t.Errorf("check exits with %d, want %d and %q:\n%s", code, exitUsage, tt.want, out)
			}
		})
	}
}

// TestCheckBesideARunningLacpdBOX31 checks that check does not complain about interfaces of the
// running lacpd.
func TestCheckBesideARunningLacpdBOX31(t *testing.T) {
	t.Parallel()
	a, _ := pairOf(t)
	p := startProcess(t, a, oneBond, nil)
	p.log.await(t, "msg=running")
	out, code := p.run(t, "check", "-config", p.config)
	if code != exitOK || out != "bond0: ok, 2 ports\n" {
		t.Errorf("check exits with %d, want 0: %s", code, out)
	}
	next := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(next, []byte("bonds:\n- {name: lag0, ports: [v0, v1]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code = p.run(t, "check", "-config", next)
	if want := ":2:4: name: lag0: allowed: bond0, the name of the running bond with port v0"; code != exitUsage || !strings.Contains(out, want) {
		t.Errorf("check of a file that replaces bond0 exits with %d, want %d and %q:\n%s", code, exitUsage, want, out)
	}
}

// TestCheckOfFilesAsTheyComeBOX37 checks that the program accepts a correct file in every
// notation, and reads a hostile one in little memory.
func TestCheckOfFilesAsTheyComeBOX37(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: runs the program")
	}
	program, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	a, _ := pairOf(t)
	for _, tt := range []struct{ name, text, want string }{
		{"byte order mark", "\xef\xbb\xbf" + oneBond, "bond0: ok, 2 ports\n"},
		{"quoted", "\"bonds\":\n- \"name\": \"bond0\"\n  \"ports\": [\"v0\", 'v1']\n  \"lacp_active\": \"true\"\n", "bond0: ok, 2 ports\n"},
		{"ports in one text", "bonds:\n- name: bond0\n  ports: v0 v1\n", "bond0: ok, 2 ports\n"},
		{"network address", "bonds:\n- {name: bond0, ports: [v0], addresses: [192.0.2.0/24]}\n", "this is the address of the network 192.0.2.0/24\n"},
		{"foreign key", "bonds:\n- {name: bond0, ports: [v0], fail_over_mac: 1}\n", ":2:30: fail_over_mac: unknown key: did you mean mac_policy?\n"},
		{"brackets", "bonds: " + strings.Repeat("[", 20_000), "more than 10 nested lists or mappings"},
	} {
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		// The shell limits the memory to 384 MB of data.
		cmd := exec.Command("/bin/sh", "-c", `ulimit -d 393216 && exec "$0" "$@"`, program, "check", "-config", file)
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := a.Start(cmd); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the test checks what it printed
		if !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: check prints %.200q, want %q", tt.name, out.String(), tt.want)
		}
	}
}

// TestCheckTrustsTheUserOfRun checks that root gets no warning of a file of the user that lacpd runs
// as, whom the socket shows.
func TestCheckTrustsTheUserOfRun(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to change an owner")
	}
	const user = 65533
	b := newBench(t, twoBonds)
	b.daemon.host.trusted = privilege.CheckOwner
	socket := filepath.Join(t.TempDir(), "s")
	for _, err := range []error{os.Chown(b.file, user, -1), os.Chown(filepath.Dir(b.file), user, -1), os.WriteFile(socket, nil, 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for owner, want := range map[int]string{user: "", 0: "lacpd: warning: run would refuse the file: "} {
		if err := os.Chown(socket, owner, -1); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		if code := runCheck(t.Context(), b.file, socket, b.daemon.host, &out, &errs); code != exitOK || !strings.HasPrefix(errs.String(), want) || want == "" && errs.Len() > 0 {
			t.Errorf("check with a socket of user %d exits with %d and prints %q, want 0 and %q", owner, code, &errs, want)
		}
	}
}
