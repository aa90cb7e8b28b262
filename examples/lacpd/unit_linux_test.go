package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

const unitFile = "packaging/lacpd.service"

// unitSetting returns the last value of a setting of the unit.
func unitSetting(t *testing.T, key string) (value string) {
	t.Helper()
	unit, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(unit)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), key+"="); ok {
			value = v
		}
	}
	if value == "" {
		t.Fatalf("%s has no %s", unitFile, key)
	}
	return value
}

// TestUnitIsHardened checks the exposure that systemd-analyze finds in the unit.
func TestUnitIsHardened(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("needs systemd-analyze")
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", unitFile).CombinedOutput()
	if err != nil && strings.Contains(string(out), "unrecognized option") {
		t.Skipf("needs systemd 250: %s", out)
	}
	found := regexp.MustCompile(`Overall exposure level for lacpd.service: ([0-9.]+)`).FindSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("systemd-analyze: %v\n%s", err, out)
	}
	if level, err := strconv.ParseFloat(string(found[1]), 64); err != nil || level > 2.0 {
		t.Errorf("exposure level %s, error %v, want at most 2.0:\n%s", found[1], err, out)
	}
}

// serviceManager receives what lacpd reports.
type serviceManager struct {
	conn *net.UnixConn
	seen []string
}

func newServiceManager(t *testing.T, path string) *serviceManager {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &serviceManager{conn: conn}
}

// await reads reports until one matches, and returns it.
func (m *serviceManager) await(t *testing.T, want string) string {
	t.Helper()
	re := regexp.MustCompile(want)
	if err := m.conn.SetReadDeadline(time.Now().Add(netlab.Patience)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	for {
		n, err := m.conn.Read(b)
		if err != nil {
			t.Fatalf("no report %q: %v; seen: %q", want, err, m.seen)
		}
		m.seen = append(m.seen, string(b[:n]))
		if re.Match(b[:n]) {
			return string(b[:n])
		}
	}
}

// startUnit starts lacpd with the command line and the capabilities of the unit, as an ordinary
// user, in a namespace. Paths of the system are replaced by those in dir.
func startUnit(t *testing.T, ns *netlab.NS, dir string, user uint32) (*exec.Cmd, *logBuffer) {
	t.Helper()
	program, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	var caps []uintptr
	numbers := map[string]uintptr{"CAP_NET_ADMIN": unix.CAP_NET_ADMIN, "CAP_NET_RAW": unix.CAP_NET_RAW, "CAP_BPF": unix.CAP_BPF}
	for name := range strings.FieldsSeq(unitSetting(t, "AmbientCapabilities")) {
		n, ok := numbers[name]
		if !ok {
			t.Fatalf("the unit has %s, want no capability but %v", name, numbers)
		}
		caps = append(caps, n)
	}
	line := strings.NewReplacer("/usr/sbin/lacpd", program, "/etc/lagkit", dir).Replace(unitSetting(t, "ExecStart"))
	args := append(strings.Fields(line), "-socket", filepath.Join(dir, "s"), "-state-dir", filepath.Join(dir, "state"))
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}, AmbientCaps: caps}
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+filepath.Join(dir, "notify"), "WATCHDOG_USEC=300000")
	log := &logBuffer{line: make(chan struct{}, 1)}
	cmd.Stderr = log
	if err := ns.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of lacpd:\n%s", log)
		}
	})
	return cmd, log
}

// TestUnitRunsAsAnOrdinaryUser checks lacpd as the unit starts it: that it forms a bond as an
// ordinary user with ambient capabilities, keeps only those it needs, and reports to the
// service manager that it is ready, reads its file again, is alive and stops.
func TestUnitRunsAsAnOrdinaryUser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: runs the program")
	}
	if i, err := os.Stat("/dev/net/tun"); err == nil && i.Mode().Perm()&0o6 != 0o6 {
		t.Skipf("/dev/net/tun has mode %v: ordinary users can't open it, as they can with the mode that udev gives it", i.Mode().Perm())
	}
	const user = 65534
	a, b := pairOf(t)
	partner := startProcess(t, b, oneBond, nil)
	dir, err := os.MkdirTemp("", "lacpd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	m := newServiceManager(t, filepath.Join(dir, "notify"))
	program, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.WriteFile(filepath.Join(dir, "bonds.yaml"), []byte(oneBond), 0o644), os.Chmod(filepath.Dir(program), 0o755),
		os.Chmod(filepath.Join(dir, "notify"), 0o666), os.Chown(dir, user, user)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd, log := startUnit(t, a, dir, user)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })

	m.await(t, `^READY=1\nSTATUS=1 bond$`)
	log.await(t, "capabilities=\"CAP_NET_ADMIN CAP_NET_RAW\"")
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Uid:\t65534", "CapPrm:\t0000000000003000", "CapEff:\t0000000000003000", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("status lacks %q:\n%s", want, status)
		}
	}
	await(t, "the bond forms", netlab.Patience, func() bool { return partner.bond("bond0").Carrying() == 2 })
	m.await(t, `^WATCHDOG=1$`)
	if err := cmd.Process.Signal(unix.SIGHUP); err != nil {
		t.Fatal(err)
	}
	m.await(t, `^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+\nSTATUS=.`)
	m.await(t, `^READY=1\n`)
	if err := cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	m.await(t, `^STOPPING=1\n`)
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("lacpd ends with %v, want exit status 0", err)
		}
	case <-time.After(netlab.Patience):
		t.Errorf("lacpd did not end within %v of SIGTERM", netlab.Patience)
	}
}
