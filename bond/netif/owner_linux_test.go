package netif

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

const deviceChildEnv = "LAGKIT_TEST_DEVICE" // the name of the device

// TestDeviceChild is not a test but a process that has a device.
func TestDeviceChild(t *testing.T) {
	name := os.Getenv(deviceChildEnv)
	if name == "" {
		t.Skip("runs as the child of another test only")
	}
	if _, err := OpenDevice(DeviceConfig{Name: name}); err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString("member\n")
	_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
}

// startOwner runs one of the above children in a namespace, and returns its process.
func startOwner(t *testing.T, ns *netlab.NS, test, env string) *os.Process {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), env)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := ns.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = in.Close()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "member" {
		t.Fatalf("child said %q, %v", line, err)
	}
	return cmd.Process
}

// tryOpen opens an interface with its own state directory, and closes it.
func tryOpen(t *testing.T, ns *netlab.NS, name string) error {
	t.Helper()
	dir := t.TempDir()
	return ns.Do(func() error {
		l, err := OpenLink(Config{Name: name, StateDir: dir})
		if err != nil {
			return err
		}
		return l.Close()
	})
}

// checkOwned checks for the refusal that names a process and its user.
func checkOwned(t *testing.T, what string, err error, pid int, device bool) {
	t.Helper()
	var le *link.Error
	var owned *OwnedError
	if !errors.As(err, &le) || !errors.As(err, &owned) {
		t.Errorf("%s: OpenLink() = %v, want a link Error that wraps an OwnedError", what, err)
		return
	}
	if *owned != (OwnedError{PID: pid, UID: uint32(os.Geteuid()), Device: device}) {
		t.Errorf("%s: owner is %+v, want process %d, user %d, device %t", what, *owned, pid, os.Geteuid(), device)
	}
	if want := "process " + itoa(pid) + " of user " + itoa(os.Geteuid()); !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error %q, want one with %q", what, err, want)
	}
}

func TestInterfaceHasOneOwnerBOX17(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	owner := startOwner(t, c.near, "TestMemberChild", childEnv+"="+c.dir)
	checkOwned(t, "another directory", tryOpen(t, c.near, nearName), owner.Pid, false)
	err := c.near.Do(func() error { return CheckLink(c.config()) })
	checkOwned(t, "check", err, owner.Pid, false)

	c.near.Run(t, "ip", "link", "set", "dev", nearName, "name", "other0")
	checkOwned(t, "renamed", tryOpen(t, c.near, "other0"), owner.Pid, false)
	c.near.Run(t, "ip", "link", "set", "dev", "other0", "name", nearName)

	// A stopped process is still the owner, no matter how many ask.
	if err := owner.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		checkOwned(t, "stopped", tryOpen(t, c.near, nearName), owner.Pid, false)
	}
	if err := owner.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}

	if err := errors.Join(owner.Kill(), wait(owner)); err != nil {
		t.Fatal(err)
	}
	if err := tryOpen(t, c.near, nearName); err != nil {
		t.Errorf("after the owner was killed: OpenLink() = %v, want nil", err)
	}
}

// wait waits until a process has ended.
func wait(p *os.Process) error {
	_, err := p.Wait()
	return err
}

func TestDeviceOfAnotherProcessIsNoMemberBOX17(t *testing.T) {
	ns := netlab.New(t)
	owner := startOwner(t, ns, "TestDeviceChild", deviceChildEnv+"=bond0")
	checkOwned(t, "device", tryOpen(t, ns, "bond0"), owner.Pid, true)
	ns.Run(t, "ip", "link", "set", "dev", "bond0", "name", "uplink")
	checkOwned(t, "renamed device", tryOpen(t, ns, "uplink"), owner.Pid, true)
}

// An interface that has moved to another namespace is another interface. The claim to it does
// not follow, and the index does not need to.
func TestOwnerOfMovedInterfaceBOX17(t *testing.T) {
	t.Parallel()
	c := layCable(t)
	owner := startOwner(t, c.near, "TestMemberChild", childEnv+"="+c.dir)
	other := netlab.New(t)
	c.near.Move(t, nearName, other)
	if err := tryOpen(t, other, nearName); err != nil {
		t.Errorf("moved away: OpenLink() = %v, want nil", err)
	}
	if err := errors.Join(owner.Kill(), wait(owner)); err != nil {
		t.Fatal(err)
	}
	other.Move(t, nearName, c.near)
	if err := tryOpen(t, c.near, nearName); err != nil {
		t.Errorf("moved back: OpenLink() = %v, want nil", err)
	}
}
