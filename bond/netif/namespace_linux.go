package netif

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/rtnl"
)

// namespace is a network namespace that contains links or devices of the process. They all
// share its rtnetlink and ioctl sockets and its link monitor.
type namespace struct {
	inode  uint64
	cookie uint64 // unique among namespaces until the next boot; 0: a kernel before 5.14
	handle []byte // opens the namespace as long as it exists; nil: a kernel before 6.18
	boot   string // the kernel's number of this boot
	fd     int    // keeps the inode number from being used again
	rt     *rtnl.Conn
	ioctl  int
	mon    *monitor
	refs   int
}

var namespaces struct {
	sync.Mutex
	open map[uint64]*namespace
}

// enterNamespace returns the calling thread's namespace. The caller has locked the thread, and
// calls leave when done.
func enterNamespace() (_ *namespace, err error) {
	inode, err := threadNamespace()
	if err != nil {
		return nil, err
	}
	namespaces.Lock()
	defer namespaces.Unlock()
	if ns := namespaces.open[inode]; ns != nil {
		ns.refs++
		return ns, nil
	}
	ns := &namespace{inode: inode, fd: -1, ioctl: -1, refs: 1}
	defer func() {
		if err != nil {
			_ = ns.close()
		}
	}()
	if ns.fd, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("open network namespace: %w", err)
	}
	// Any socket takes interface ioctls. A Unix socket exists on every kernel.
	if ns.ioctl, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	if err := ns.identify(); err != nil {
		return nil, err
	}
	if ns.rt, err = rtnl.Open(); err != nil {
		return nil, err
	}
	if namespaces.open == nil {
		namespaces.open = make(map[uint64]*namespace)
	}
	namespaces.open[inode] = ns
	return ns, nil
}

// openInterface runs open in the calling thread's namespace. If open fails, undo undoes it,
// however far it came, and leaves the namespace. The error is a [*link.Error] about the
// interface of that name, which open may correct.
func openInterface(name *string, open func(*namespace) error, undo func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ns, err := enterNamespace()
	if err != nil {
		return &link.Error{Name: *name, Op: "open", Err: err}
	}
	if err = open(ns); err == nil {
		return nil
	}
	var le *link.Error
	if !errors.As(err, &le) {
		le = &link.Error{Name: *name, Op: "open", Err: err}
	}
	if err := undo(); err != nil {
		le.Err = errors.Join(le.Err, err)
	}
	return le
}

func threadNamespace() (uint64, error) {
	var st unix.Stat_t
	if err := unix.Stat("/proc/thread-self/ns/net", &st); err != nil {
		return 0, fmt.Errorf("identify network namespace: %w", err)
	}
	return st.Ino, nil
}

// identify reads the numbers that identify the namespace uniquely.
func (ns *namespace) identify() error {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return fmt.Errorf("identify boot: %w", err)
	}
	ns.boot = strings.TrimSpace(string(boot))
	ns.cookie, err = unix.GetsockoptUint64(ns.ioctl, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	if err != nil && !errors.Is(err, unix.ENOPROTOOPT) {
		return fmt.Errorf("identify network namespace: %w", err)
	}
	if h, _, err := unix.NameToHandleAt(ns.fd, "", unix.AT_EMPTY_PATH); err == nil && h.Type() == handleNamespace {
		ns.handle = h.Bytes()
	}
	return nil
}

const handleNamespace = 0xf1 // FILEID_NSFS

// namespaceGone reports whether the namespace of a handle is known to be gone.
func namespaceGone(handle []byte) bool {
	if len(handle) == 0 {
		return false
	}
	fd, err := unix.OpenByHandleAt(unix.FD_NSFS_ROOT, unix.NewFileHandle(handleNamespace, handle), unix.O_RDONLY|unix.O_CLOEXEC)
	if err == nil {
		_ = unix.Close(fd)
	}
	return errors.Is(err, unix.ESTALE)
}

// leave releases the namespace. The last user closes it.
func (ns *namespace) leave() error {
	namespaces.Lock()
	ns.refs--
	last := ns.refs == 0
	if last {
		delete(namespaces.open, ns.inode)
	}
	namespaces.Unlock()
	if !last {
		return nil
	}
	return ns.close()
}

func (ns *namespace) close() error {
	var errs []error
	if ns.mon != nil {
		errs = append(errs, ns.mon.close())
	}
	if ns.rt != nil {
		errs = append(errs, ns.rt.Close())
	}
	if ns.ioctl >= 0 {
		errs = append(errs, unix.Close(ns.ioctl))
	}
	if ns.fd >= 0 {
		errs = append(errs, unix.Close(ns.fd))
	}
	return errors.Join(errs...)
}

// monitor returns the namespace's link monitor, and starts it on first use.
func (ns *namespace) monitor() (*monitor, error) {
	namespaces.Lock()
	defer namespaces.Unlock()
	if ns.mon == nil {
		m, err := startMonitor(ns.rt, ns.ioctl)
		if err != nil {
			return nil, err
		}
		ns.mon = m
	}
	return ns.mon, nil
}

// run calls fn on a thread that is in the namespace, because parts of /proc show the namespace
// of the reading thread.
func (ns *namespace) run(fn func() error) error {
	runtime.LockOSThread()
	inode, err := threadNamespace()
	if err == nil && inode == ns.inode {
		defer runtime.UnlockOSThread()
		return fn()
	}
	runtime.UnlockOSThread()
	return ns.runThere(fn)
}

// runThere calls fn on a separate thread, which it moves to the namespace.
func (ns *namespace) runThere(fn func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread would not end, and the process would appear to be in its
			// namespace. While locked, it is not chosen again.
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
