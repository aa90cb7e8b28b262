package afpacket

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/bpf"
	"github.com/lagkit/lagkit/lacp"
)

// SlowGroups are the group addresses of slow-protocols frames: the standard one, and those
// that pass one or all two-port relays.
var SlowGroups = []net.HardwareAddr{
	{0x01, 0x80, 0xc2, 0x00, 0x00, 0x02},
	{0x01, 0x80, 0xc2, 0x00, 0x00, 0x03},
	{0x01, 0x80, 0xc2, 0x00, 0x00, 0x00},
}

// The sockets of a [Control]. Each has its own queue in the kernel, so that a flood of one
// kind of frames does not crowd out another.
const (
	partnerSocket = iota // LACPDUs of the partner
	lacpSocket           // LACPDUs of others
	markerSocket         // Markers and Marker Responses
	otherSocket          // the rest
	controlSockets
)

// A Control that finds ignoredRun frames to ignore in a row pauses for ignoredPause, which
// bounds the time that a flood of them takes.
const (
	ignoredRun   = 64
	ignoredPause = 10 * time.Millisecond
)

// Control carries slow-protocols frames. Their rate is low, so Go's netpoller waits for them.
// It reads with recvmsg itself, so that it can tell tagged frames from untagged ones.
type Control struct {
	poll    *os.File // an epoll descriptor that waits for all sockets
	raw     syscall.RawConn
	sockets [controlSockets]int
	closed  atomic.Bool
	paused  atomic.Bool
	tagged  atomic.Uint64

	// Only the reader uses these: the next socket to read, and its message.
	next  int
	msg   [1]unix.Mmsghdr
	iov   unix.Iovec
	from  unix.RawSockaddrLinklayer
	aux   auxBuffer
	errno unix.Errno
	recv  func(uintptr) bool
}

// OpenControl opens the sockets of an interface.
func OpenControl(index int32) (*Control, error) {
	c, err := newControl(func(i int) (int, error) { return slowSocket(index, slowFilters[i]) })
	if err != nil {
		return nil, err
	}
	for _, group := range SlowGroups {
		if err := join(c.sockets[partnerSocket], index, Group(group)); err != nil {
			_ = c.Close() // the cause is returned
			return nil, err
		}
	}
	return c, nil
}

// slowFilters are the filters that the sockets begin with.
var slowFilters = [controlSockets][]unix.SockFilter{
	partnerSocket: bpf.LACPDUsFrom(lacp.MAC{}),
	lacpSocket:    bpf.LACPDUsOfOthers(lacp.MAC{}),
	markerSocket:  bpf.Markers,
	otherSocket:   bpf.OtherSlow,
}

// newControl returns a Control with the sockets that open opens.
func newControl(open func(i int) (fd int, err error)) (_ *Control, err error) {
	c := &Control{}
	for i := range c.sockets {
		c.sockets[i] = -1
	}
	defer func() {
		if err != nil {
			_ = c.Close()
		}
	}()
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("wait for slow-protocols frames: %w", err)
	}
	if err := unix.SetNonblock(epoll, true); err != nil { // otherwise the netpoller refuses it
		_ = unix.Close(epoll)
		return nil, fmt.Errorf("wait for slow-protocols frames: %w", err)
	}
	c.poll = os.NewFile(uintptr(epoll), "slow-protocols sockets")
	for i := range c.sockets {
		if c.sockets[i], err = open(i); err != nil {
			return nil, err
		}
		event := unix.EpollEvent{Events: unix.EPOLLIN}
		if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, c.sockets[i], &event); err != nil {
			return nil, fmt.Errorf("wait for slow-protocols frames: %w", err)
		}
	}
	if c.raw, err = c.poll.SyscallConn(); err != nil {
		return nil, err
	}
	h := &c.msg[0].Hdr
	h.Name, h.Namelen = (*byte)(unsafe.Pointer(&c.from)), unix.SizeofSockaddrLinklayer
	h.Iov = &c.iov
	h.SetIovlen(1)
	h.Control = &c.aux.b[0]
	c.recv = c.receive
	return c, nil
}

// slowSocket opens a socket for the slow-protocols frames that a filter accepts.
func slowSocket(index int32, filter []unix.SockFilter) (fd int, err error) {
	if fd, err = packetSocket(); err != nil {
		return -1, err
	}
	defer func() {
		if err != nil {
			_ = unix.Close(fd)
		}
	}()
	setPacketOption(fd, unix.PACKET_IGNORE_OUTGOING)
	if err := bpf.Attach(fd, filter); err != nil {
		return -1, fmt.Errorf("attach filter to slow-protocols socket: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1); err != nil {
		return -1, fmt.Errorf("ask slow-protocols socket for VLAN tags: %w", err)
	}
	if err := bindPacket(fd, index, link.EtherTypeSlow); err != nil {
		return -1, fmt.Errorf("bind slow-protocols socket: %w", err)
	}
	return fd, nil
}

// SetPartner makes the kernel queue LACPDUs from this source address separately from all
// others.
func (c *Control) SetPartner(source lacp.MAC) error {
	return c.use("queue the partner's LACPDUs apart", func() error {
		// A frame that is queued twice meanwhile does no harm.
		if err := bpf.Attach(c.sockets[partnerSocket], bpf.LACPDUsFrom(source)); err != nil {
			return err
		}
		return bpf.Attach(c.sockets[lacpSocket], bpf.LACPDUsOfOthers(source))
	})
}

// use runs fn unless the sockets are closed, and keeps them open until fn returns.
func (c *Control) use(what string, fn func() error) error {
	var failed error
	err := c.raw.Control(func(uintptr) { failed = fn() })
	if c.closed.Load() {
		return net.ErrClosed
	}
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("bond: %s: %w", what, err)
	}
	return nil
}

// receive takes one message, if any, from each socket in turn. The netpoller calls it.
func (c *Control) receive(uintptr) bool {
	for range c.sockets {
		fd := c.sockets[c.next]
		c.next = (c.next + 1) % len(c.sockets)
		h := &c.msg[0].Hdr
		h.Namelen = unix.SizeofSockaddrLinklayer
		h.SetControllen(auxSpace)
		if _, c.errno = recvmmsg(fd, c.msg[:], true); c.errno != unix.EAGAIN {
			return true
		}
	}
	return false
}

// Read waits for one slow-protocols frame.
func (c *Control) Read(buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, errors.New("bond: empty read buffer")
	}
	c.iov.Base = &buf[0]
	c.iov.SetLen(len(buf))
	for errs, ignored := 0, 0; ; {
		err := c.raw.Read(c.recv)
		if c.closed.Load() {
			return 0, net.ErrClosed
		}
		if err != nil && c.paused.Load() {
			return 0, link.ErrPaused
		}
		if err != nil {
			return 0, fmt.Errorf("bond: receive slow-protocols frame: %w", err)
		}
		switch c.errno {
		case 0:
		case unix.EINTR:
			continue
		default: // such as ENETDOWN, once per socket, when the interface goes down
			if errs++; errs > maxReadErrors {
				return 0, fmt.Errorf("bond: receive slow-protocols frame: %w", c.errno)
			}
			continue
		}
		if c.wanted() {
			return min(int(c.msg[0].Len), len(buf)), nil
		}
		if ignored++; ignored%ignoredRun == 0 {
			time.Sleep(ignoredPause)
		}
	}
}

// wanted reports whether a frame has no VLAN id. When a socket bound to one EtherType gets the
// frame, the kernel has already dropped the tag, but it marks a frame of a VLAN without an
// interface as being for another host.
func (c *Control) wanted() bool {
	switch c.from.Pkttype {
	case unix.PACKET_OUTGOING:
		return false
	case unix.PACKET_OTHERHOST:
		c.tagged.Add(1)
		return false
	}
	aux := c.aux.auxData(int(c.msg[0].Hdr.Controllen))
	if aux != nil && aux.Status&unix.TP_STATUS_VLAN_VALID != 0 && aux.Vlan_tci&0x0fff != 0 {
		c.tagged.Add(1)
		return false
	}
	return true
}

// Write sends one frame. It never waits for room.
func (c *Control) Write(frame []byte) error {
	return c.use("send slow-protocols frame", func() error {
		for {
			if err := unix.Send(c.sockets[partnerSocket], frame, unix.MSG_DONTWAIT); err != unix.EINTR {
				return err
			}
		}
	})
}

// Tagged returns how many frames were ignored because they have a VLAN id or are for another
// host.
func (c *Control) Tagged() uint64 { return c.tagged.Load() }

// Drops returns how many frames the kernel has dropped since the last call.
func (c *Control) Drops() (n uint64) {
	_ = c.use("count dropped frames", func() error {
		for _, fd := range c.sockets {
			_, dropped := socketStats(fd)
			n += uint64(dropped)
		}
		return nil
	})
	return n
}

// Close ends all calls and closes the sockets.
func (c *Control) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	var errs []error
	if c.poll != nil {
		errs = append(errs, c.poll.Close()) // returns when no call uses the sockets
	}
	for _, fd := range c.sockets {
		if fd >= 0 {
			errs = append(errs, unix.Close(fd))
		}
	}
	return errors.Join(errs...)
}
