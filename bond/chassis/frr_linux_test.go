package chassis_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
)

// FRR takes the lines that the package comment shows, if it reads them before bond0 exists, and forms the
// identifier that all chassis of the group then have. It refuses them for an interface that exists and
// is not of the kernel's bonding driver.
func TestFRRTakesTheSegmentOfTheComment(t *testing.T) {
	const zebra = "/usr/lib/frr/zebra"
	account, err := user.Lookup("frr")
	if _, e := os.Stat(zebra); e != nil || err != nil || os.Getuid() != 0 {
		t.Skip("needs FRR and root")
	}
	near, far := netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "m1", far, "p1")
	near.Up(t, "m1")
	far.Up(t, "p1")

	dir, ask := startZebra(t, near, account, segmentOfTheComment(t))
	netlab.Await(t, "zebra knows m1", func() bool { return strings.Contains(ask("show interface m1"), "line protocol is up") })
	if out := ask("configure terminal", "interface m1", "evpn mh es-id 13"); !strings.Contains(out, "cannot be associated") {
		t.Errorf("a segment for a veth, which exists: got %q in %s, want a refusal: the comment says so", out, dir)
	}

	near.Must(t, func() error {
		b, err := bond.Open(bond.OpenConfig{
			Config: bond.Config{Name: "bond0", Mode: bond.ModeFailover}, Interfaces: []string{"m1"},
		})
		if err == nil {
			t.Cleanup(func() { _ = b.Close() })
		}
		return err
	})
	near.AwaitUp(t, "bond0")
	up := regexp.MustCompile(`ESI: 03:02:4c:61:67:6b:69:00:00:0c\n.*Local\n.*Interface: bond0\n.*State: up`)
	netlab.Await(t, "the segment is up on bond0: "+up.String(), func() bool { return up.MatchString(ask("show evpn es detail")) })
}

// segmentOfTheComment returns the lines of FRR's configuration in doc.go.
func segmentOfTheComment(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^//\t(interface bond0|\s*evpn mh .*)$`).FindAllStringSubmatch(string(text), -1)
	if len(lines) != 3 {
		t.Fatalf("doc.go has %d lines of FRR's configuration, want 3", len(lines))
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l[1] + "\n")
	}
	return b.String()
}

// startZebra starts FRR's zebra with a configuration, and returns its folder and a function that gives
// it commands.
func startZebra(t *testing.T, ns *netlab.NS, account *user.User, conf string) (dir string, ask func(commands ...string) string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "frr") // the path of the test's own directory may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, "zebra.conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("chown", "-R", account.Username, dir).CombinedOutput(); err != nil {
		t.Fatalf("chown: %v\n%s", err, out)
	}
	p := ns.Launch(t, exec.Command("/usr/lib/frr/zebra", "-u", account.Username, "-g", account.Username, "-f", file,
		"-i", filepath.Join(dir, "pid"), "-z", filepath.Join(dir, "zserv"), "--vty_socket", dir, "-A", "127.0.0.1", "-P", "0", "--log", "stdout"))
	ask = func(commands ...string) string {
		args := []string{"--vty_socket", dir, "-d", "zebra"}
		for _, c := range commands {
			args = append(args, "-c", c)
		}
		cmd := exec.Command("vtysh", args...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, _ := cmd.CombinedOutput() // an error is in the output too
		return string(out)
	}
	netlab.Await(t, "zebra answers", func() bool {
		if p.Ended() {
			t.Fatalf("zebra ended: %v\n%s", p.Err(), &p.Log)
		}
		return strings.Contains(ask("show version"), "FRR")
	})
	return dir, ask
}
