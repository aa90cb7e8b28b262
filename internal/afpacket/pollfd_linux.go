package afpacket

import (
	"net"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// pollFD is a descriptor outside Go's netpoller. Waiting for it is one ppoll on the caller's
// thread, which an eventfd ends. It counts its users, so that no descriptor is closed, and its
// number reused, during a system call.
type pollFD struct {
	fd    int
	event int
	also  int          // another descriptor to close with this one; -1: none
	state atomic.Int64 // users*oneUser, plus stateClosing and statePaused
	freed chan struct{}
	fds   [2]unix.PollFd // only the reader uses it
	limit unix.Timespec  // the same
	unmap func() error   // gives back memory mapped from fd; nil: none. Set during a Use
}

// The parts of a pollFD's state.
const (
	stateClosing = 1 << iota // Close has been called
	statePaused              // reads end
	oneUser
)

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
		if s&stateClosing != 0 {
			return false
		}
		if p.state.CompareAndSwap(s, s+oneUser) {
			return true
		}
	}
}

// Unuse ends a Use.
func (p *pollFD) Unuse() {
	if s := p.state.Add(-oneUser); s < oneUser && s&stateClosing != 0 {
		p.free()
	}
}

// ended returns why reads have to end: net.ErrClosed, [link.ErrPaused] or nil.
func (p *pollFD) ended() error {
	switch s := p.state.Load(); {
	case s&stateClosing != 0:
		return net.ErrClosed
	case s&statePaused != 0:
		return link.ErrPaused
	}
	return nil
}

// Pause makes reads end with [link.ErrPaused] until Resume.
func (p *pollFD) Pause() {
	if !p.Use() {
		return
	}
	defer p.Unuse()
	p.state.Or(statePaused)
	p.wake()
}

// Resume lets reads wait for frames again. No read may be under way.
func (p *pollFD) Resume() {
	if !p.Use() {
		return
	}
	defer p.Unuse()
	var b [8]byte
	_, _ = unix.Read(p.event, b[:]) // so that waits last; if Close comes now, its state ends them
	p.state.And(^int64(statePaused))
}

// wake ends a wait.
func (p *pollFD) wake() {
	one := [8]byte{7: 1, 0: 1}
	_, _ = unix.Write(p.event, one[:])
}

// wait returns when the descriptor is readable or in error, or after limit if that is not 0, or
// why reads have to end. fds[0].Revents has what happened.
func (p *pollFD) wait(limit time.Duration) error {
	p.fds[0].Revents, p.fds[1].Revents = 0, 0
	var timeout unsafe.Pointer
	if limit != 0 {
		p.limit = unix.NsecToTimespec(int64(limit)) // the kernel changes it
		timeout = unsafe.Pointer(&p.limit)
	}
	_, _, errno := unix.Syscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&p.fds)), 2, uintptr(timeout), 0, 0, 0)
	if err := p.ended(); err != nil {
		return err
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
		if s&stateClosing != 0 {
			return false
		}
		// One more user, so that the eventfd is still ours to write to.
		if p.state.CompareAndSwap(s, (s|stateClosing)+oneUser) {
			break
		}
	}
	p.wake()
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
