package netlab

import (
	"os"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel's structures and requests for page faults that a program serves itself
// (linux/userfaultfd.h).
const (
	uffdAPI      = 0xaa
	uffdioAPI    = 0xc018aa3f
	uffdioReg    = 0xc020aa00
	uffdioZero   = 0xc020aa04
	uffdMissing  = 1
	ethtoolQueue = 0x4b // ETHTOOL_PERQUEUE
)

// HoldRTNL holds the kernel's lock for network interfaces, RTNL, from its return for the given
// time, and then closes ended. It is one lock for all network namespaces: the test has to be
// the only one that runs. HoldRTNL needs root, and skips the test if the kernel has no
// userfaultfd.
//
// A request of ethtool reads its second word while it has the lock. The word is on a page that
// the kernel has to ask this process for.
func HoldRTNL(t testing.TB, held time.Duration) (ended <-chan struct{}) {
	t.Helper()
	fault, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC|unix.O_NONBLOCK, 0, 0)
	if errno != 0 {
		t.Skipf("userfaultfd: %v", errno)
	}
	page := os.Getpagesize()
	mem, err := unix.Mmap(-1, 0, 2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	control := func(request uintptr, arg unsafe.Pointer) {
		t.Helper()
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fault, request, uintptr(arg)); errno != 0 {
			t.Fatalf("userfaultfd request %#x: %v", request, errno)
		}
	}
	*(*uint32)(unsafe.Pointer(&mem[page-4])) = ethtoolQueue
	at := uint64(uintptr(unsafe.Pointer(&mem[page])))
	control(uffdioAPI, unsafe.Pointer(&struct{ api, features, ioctls uint64 }{api: uffdAPI}))
	control(uffdioReg, unsafe.Pointer(&struct{ start, len, mode, ioctls uint64 }{at, uint64(page), uffdMissing, 0}))

	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	request := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}{data: unsafe.Pointer(&mem[page-4])}
	copy(request.name[:], "lo")
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(socket), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request))) // its result does not matter
	}()
	awaitFault(t, int(fault))
	// The code under test may wait for the lock too, so it is no use to wait for that code.
	time.AfterFunc(held, func() {
		zero := struct{ start, len, mode, zeroed uint64 }{at, uint64(page), 0, 0}
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fault, uffdioZero, uintptr(unsafe.Pointer(&zero))); errno != 0 {
			t.Errorf("userfaultfd request %#x: %v", uintptr(uffdioZero), errno)
		}
		_ = unix.Close(int(fault)) // the request goes on in any case
	})
	t.Cleanup(func() {
		<-answered
		_ = unix.Close(socket)
		_ = unix.Munmap(mem)
	})
	return answered
}

// awaitFault waits until the kernel asks for the page.
func awaitFault(t testing.TB, fd int) {
	t.Helper()
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for end := time.Now().Add(30 * time.Second); ; {
		n, err := unix.Poll(fds, 100)
		if n > 0 {
			return
		}
		if err != nil && err != unix.EINTR || time.Now().After(end) {
			t.Fatalf("the kernel does not ask for the page: %v", err)
		}
	}
}
