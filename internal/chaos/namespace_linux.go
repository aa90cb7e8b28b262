package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// namespace is a network namespace that lives as long as this program and the processes in it.
type namespace struct {
	file *os.File
}

func newNamespace() (*namespace, error) {
	n := new(namespace)
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make a network namespace: %w", err)
		}
		var err error
		n.file, err = os.Open("/proc/thread-self/ns/net")
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, path := range []string{"ipv6/conf/all/disable_ipv6", "ipv6/conf/default/disable_ipv6"} {
		if err := n.sysctl(path, "1"); err != nil {
			return nil, err
		}
	}
	return n, n.ip("link set dev lo up")
}

func (n *namespace) close() { _ = n.file.Close() }

// path returns the namespace's name for iproute2.
func (n *namespace) path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), n.file.Fd()) }

// onThread runs fn on a thread that ends afterwards, so that no change to the thread outlives
// fn.
func onThread(fn func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		result <- fn()
	}()
	return <-result
}

// do runs fn inside the namespace. Sockets and processes that fn makes stay there.
func (n *namespace) do(fn func() error) error {
	return onThread(func() error {
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter namespace: %w", err)
		}
		return fn()
	})
}

// output runs a command, given as words separated by spaces, and returns its output.
func (n *namespace) output(command string) (string, error) {
	args := strings.Fields(command)
	var out []byte
	err := n.do(func() (err error) {
		out, err = exec.Command(args[0], args[1:]...).CombinedOutput()
		return err
	})
	if err != nil {
		return string(out), fmt.Errorf("%s: %w: %s", command, err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

func (n *namespace) run(format string, args ...any) error {
	_, err := n.output(fmt.Sprintf(format, args...))
	return err
}

func (n *namespace) ip(format string, args ...any) error { return n.run("ip "+format, args...) }
func (n *namespace) tc(format string, args ...any) error { return n.run("tc "+format, args...) }

func (n *namespace) sysctl(path, value string) error {
	return n.do(func() error { return os.WriteFile("/proc/sys/net/"+path, []byte(value), 0) })
}

func (n *namespace) index(name string) (index int, err error) {
	err = n.do(func() error {
		ifi, err := net.InterfaceByName(name)
		if err == nil {
			index = ifi.Index
		}
		return err
	})
	return index, err
}

// drop discards all frames at a hook of an interface, ingress or egress. The filter has
// priority 10.
func (n *namespace) drop(name, hook string) error {
	return n.do(func() error {
		out, err := exec.Command("tc", "filter", "add", "dev", name, hook, "prio", "10", "bpf", "da", "bytecode", "1,6 0 0 2").CombinedOutput()
		if err != nil {
			return fmt.Errorf("tc filter: %w: %s", err, out)
		}
		return nil
	})
}
