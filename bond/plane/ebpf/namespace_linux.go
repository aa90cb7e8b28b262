package ebpf

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/rtnl"
)

// namespace is the network namespace of a device and its members. Interface indexes mean
// something only there.
type namespace struct {
	fd int
	rt *rtnl.Conn
}

// threadNamespace returns the calling thread's namespace. The caller has locked the thread.
func threadNamespace() (*namespace, error) {
	fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open network namespace: %w", err)
	}
	rt, err := rtnl.Open()
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return &namespace{fd, rt}, nil
}

func (ns *namespace) close() error { return errors.Join(ns.rt.Close(), unix.Close(ns.fd)) }

// run calls fn on a thread that is in the namespace.
func (ns *namespace) run(fn func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var here, there unix.Stat_t
	if err := errors.Join(unix.Stat("/proc/thread-self/ns/net", &here), unix.Fstat(ns.fd, &there)); err != nil {
		return fmt.Errorf("identify network namespace: %w", err)
	}
	if here.Ino == there.Ino {
		return fn()
	}
	return ns.runThere(fn)
}

// runThere calls fn on a separate thread, which it moves to the namespace.
func (ns *namespace) runThere(fn func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread does not end, so it must not move. While locked, it is not chosen
			// again.
			defer runtime.UnlockOSThread()
			result <- ns.runThere(fn)
			return
		}
		// Never unlocked: the thread ends with the goroutine.
		if err := unix.Setns(ns.fd, unix.CLONE_NEWNET); err != nil {
			result <- fmt.Errorf("enter network namespace: %w", err)
			return
		}
		result <- fn()
	}()
	return <-result
}
