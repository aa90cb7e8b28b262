package afpacket

import (
	"net"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pollFD is a descriptor outside Go's netpoller. Waiting for it is one ppoll on the caller's
// thread, which an eventfd ends. It counts its users, so that no descriptor is closed, and its
// number reused, during a system call.
type pollFD struct {
	fd    int
	event int
	also  int          // another descriptor to close with this one; -1: none
	state atomic.Int64 // users*2, plus 1 once closing
	freed chan struct{}
	fds   [2]unix.PollFd // only the reader uses it
	limit unix.Timespec  // the same
	unmap func() error   // gives back memory mapped from fd; nil: none. Set during a Use
}

func newPollFD(fd int) (*pollFD, error) {
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, err
	}
	p := &pollFD{fd: fd, event: event, also: -1, freed: make(chan struct{})}
	p.fds[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	p.fds[1] = unix.PollFd{Fd: int32(event), Events: unix.POLLIN}
	return p, nil
}

// Use keeps the descriptor open until Unuse. It returns false once Close has been called.
func (p *pollFD) Use() bool {
	for {
		s := p.state.Load()
		if s&1 != 0 {
			return false
		}
		if p.state.CompareAndSwap(s, s+2) {
			return true
		}
	}
}

// Unuse ends a Use.
func (p *pollFD) Unuse() {
	if p.state.Add(-2) == 1 {
		p.free()
	}
}

func (p *pollFD) closing() bool { return p.state.Load()&1 != 0 }

// wait returns when the descriptor is readable or in error, or after limit if that is not 0, or
// net.ErrClosed. fds[0].Revents has what happened.
func (p *pollFD) wait(limit time.Duration) error {
	p.fds[0].Revents, p.fds[1].Revents = 0, 0
	var timeout unsafe.Pointer
	if limit != 0 {
		p.limit = unix.NsecToTimespec(int64(limit)) // the kernel changes it
		timeout = unsafe.Pointer(&p.limit)
	}
	_, _, errno := unix.Syscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&p.fds)), 2, uintptr(timeout), 0, 0, 0)
	if p.closing() {
		return net.ErrClosed
	}
	if errno != 0 && errno != unix.EINTR {
		return errno
	}
	return nil
}

// Close ends waits, lets calls finish and frees the descriptors. A second call returns false.
func (p *pollFD) Close() bool {
	for {
		s := p.state.Load()
		if s&1 != 0 {
			return false
		}
		// One more user, so that the eventfd is still ours to write to.
		if p.state.CompareAndSwap(s, (s|1)+2) {
			break
		}
	}
	one := [8]byte{7: 1, 0: 1}
	_, _ = unix.Write(p.event, one[:])
	p.Unuse()
	<-p.freed
	return true
}

func (p *pollFD) free() {
	if p.unmap != nil {
		_ = p.unmap()
	}
	_ = unix.Close(p.fd)
	_ = unix.Close(p.event)
	if p.also >= 0 {
		_ = unix.Close(p.also)
	}
	close(p.freed)
}
