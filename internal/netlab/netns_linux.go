package netlab

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// NS is a network namespace for a test. It lives as long as the test and the processes in it.
type NS struct {
	fd int
}

// New makes a namespace whose loopback interface is up. It skips the test without the
// privileges for that.
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

// onThread runs fn on a separate thread that ends afterwards, so that no change to the thread
// outlives fn.
func onThread(fn func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread does not end, and would keep its namespace. While locked, it is
			// not chosen again.
			defer runtime.UnlockOSThread()
			result <- onThread(fn)
			return
		}
		result <- fn()
	}()
	return <-result
}

// Do runs fn inside the namespace and returns its error. Sockets and processes that fn makes
// stay there. fn runs on another goroutine, so it must not end the test.
func (n *NS) Do(fn func() error) error {
	return onThread(func() error {
		if err := unix.Setns(n.fd, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter namespace: %w", err)
		}
		return fn()
	})
}

// Must runs fn inside the namespace and fails the test at once if fn returns an error.
func (n *NS) Must(t testing.TB, fn func() error) {
	t.Helper()
	if err := n.Do(fn); err != nil {
		t.Fatal(err)
	}
}

// Start starts a command inside the namespace.
func (n *NS) Start(cmd *exec.Cmd) error { return n.Do(cmd.Start) }

// Run runs a command inside the namespace to its end and returns its output.
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
