package netlab

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// NS is a network namespace of a test. It lives as long as the test, and as
// processes in it do.
type NS struct {
	fd int
}

// New makes a namespace whose loopback interface is up. The test is skipped where
// it may not make one.
func New(t testing.TB) *NS {
	t.Helper()
	n := &NS{fd: -1}
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		n.fd = fd
		return err
	})
	if err != nil {
		t.Skipf("needs the right to make a network namespace: %v", err)
	}
	t.Cleanup(func() { _ = unix.Close(n.fd) })
	n.Up(t, "lo")
	return n
}

// onThread runs fn on a thread of its own that ends afterwards, so that whatever
// fn does to it stays there.
func onThread(fn func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread stays, and would keep its namespace. Locked, it is not chosen again.
			defer runtime.UnlockOSThread()
			result <- onThread(fn)
			return
		}
		result <- fn()
	}()
	return <-result
}

// Do runs fn inside the namespace and returns its error. Sockets and processes fn
// makes stay there. fn runs on another goroutine: it must not end the test.
func (n *NS) Do(fn func() error) error {
	return onThread(func() error {
		if err := unix.Setns(n.fd, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter namespace: %w", err)
		}
		return fn()
	})
}

// Must is Do for what a test can't go on without.
func (n *NS) Must(t testing.TB, fn func() error) {
	t.Helper()
	if err := n.Do(fn); err != nil {
		t.Fatal(err)
	}
}

// Start starts a command inside the namespace.
func (n *NS) Start(cmd *exec.Cmd) error { return n.Do(cmd.Start) }

// Run runs a command inside the namespace to its end and returns what it printed.
func (n *NS) Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	var out []byte
	err := n.Do(func() (err error) {
		out, err = exec.Command(name, args...).CombinedOutput()
		return err
	})
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
