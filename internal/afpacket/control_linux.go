package afpacket

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/bpf"
)

// SlowGroups are the group addresses slow-protocols frames are sent to: the
// standard one, and those that reach past one or all two-port relays.
var SlowGroups = []net.HardwareAddr{
	{0x01, 0x80, 0xc2, 0x00, 0x00, 0x02},
	{0x01, 0x80, 0xc2, 0x00, 0x00, 0x03},
	{0x01, 0x80, 0xc2, 0x00, 0x00, 0x00},
}

// Control carries slow-protocols frames. Their rate is low, so it is
// an ordinary descriptor in Go's netpoller. It reads with recvmsg itself: what
// packet.Conn leaves out tells tagged frames from untagged ones.
type Control struct {
	conn   *packet.Conn
	raw    syscall.RawConn
	closed atomic.Bool
	Tagged atomic.Uint64

	// The one reader's message.
	msg   [1]unix.Mmsghdr
	iov   unix.Iovec
	from  unix.RawSockaddrLinklayer
	aux   auxBuffer
	errno unix.Errno
	recv  func(fd uintptr) bool
}

func OpenControl(index int32, name string) (_ *Control, err error) {
	conn, err := packet.Listen(&net.Interface{Index: int(index), Name: name}, packet.Raw, link.EtherTypeSlow, nil)
	if err != nil {
		return nil, fmt.Errorf("open slow-protocols socket: %w", err)
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
		}
	}()
	c := &Control{conn: conn}
	if c.raw, err = conn.SyscallConn(); err != nil {
		return nil, err
	}
	var opt error
	err = c.raw.Control(func(fd uintptr) {
		setPacketOption(int(fd), unix.PACKET_IGNORE_OUTGOING)
		if opt = bpf.Attach(int(fd), bpf.Control); opt != nil {
			opt = fmt.Errorf("attach filter to slow-protocols socket: %w", opt)
			return
		}
		if opt = unix.SetsockoptInt(int(fd), unix.SOL_PACKET, unix.PACKET_AUXDATA, 1); opt != nil {
			opt = fmt.Errorf("ask slow-protocols socket for VLAN tags: %w", opt)
		}
	})
	if err = errors.Join(err, opt); err != nil {
		return nil, err
	}
	for _, group := range SlowGroups {
		if err = conn.JoinGroup(group); err != nil {
			return nil, fmt.Errorf("join group %s: %w", group, err)
		}
	}
	h := &c.msg[0].Hdr
	h.Name, h.Namelen = (*byte)(unsafe.Pointer(&c.from)), unix.SizeofSockaddrLinklayer
	h.Iov = &c.iov
	h.SetIovlen(1)
	h.Control = &c.aux.b[0]
	c.recv = c.receive
	return c, nil
}

// receive takes one message if there is one; it is called by the netpoller.
func (c *Control) receive(fd uintptr) bool {
	h := &c.msg[0].Hdr
	h.Namelen = unix.SizeofSockaddrLinklayer
	h.SetControllen(auxSpace)
	_, c.errno = recvmmsg(int(fd), c.msg[:], true)
	return c.errno != unix.EAGAIN
}

func (c *Control) Read(buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, errors.New("bond: empty read buffer")
	}
	c.iov.Base = &buf[0]
	c.iov.SetLen(len(buf))
	for errs := 0; ; {
		if err := c.raw.Read(c.recv); err != nil {
			if c.closed.Load() {
				return 0, net.ErrClosed
			}
			return 0, fmt.Errorf("bond: receive slow-protocols frame: %w", err)
		}
		if c.closed.Load() {
			return 0, net.ErrClosed
		}
		switch c.errno {
		case 0:
		case unix.EINTR:
			continue
		default: // such as ENETDOWN, once, when the interface goes down
			if errs++; errs > maxReadErrors {
				return 0, fmt.Errorf("bond: receive slow-protocols frame: %w", c.errno)
			}
			continue
		}
		if c.wanted() {
			return min(int(c.msg[0].Len), len(buf)), nil
		}
	}
}

// wanted leaves out frames with a VLAN id. The kernel has forgotten the tag by
// the time a socket bound to one EtherType is served, but has marked a frame of a
// VLAN that nobody has as one for another host.
func (c *Control) wanted() bool {
	switch c.from.Pkttype {
	case unix.PACKET_OUTGOING:
		return false
	case unix.PACKET_OTHERHOST:
		c.Tagged.Add(1)
		return false
	}
	aux := c.aux.auxData(int(c.msg[0].Hdr.Controllen))
	if aux != nil && aux.Status&unix.TP_STATUS_VLAN_VALID != 0 && aux.Vlan_tci&0x0fff != 0 {
		c.Tagged.Add(1)
		return false
	}
	return true
}

// Write sends one frame. It never waits for room.
func (c *Control) Write(frame []byte) error {
	var sent error
	err := c.raw.Write(func(fd uintptr) bool {
		for {
			sent = unix.Send(int(fd), frame, unix.MSG_DONTWAIT)
			if sent != unix.EINTR {
				return true
			}
		}
	})
	if c.closed.Load() {
		return net.ErrClosed
	}
	if err = errors.Join(err, sent); err != nil {
		return fmt.Errorf("bond: send slow-protocols frame: %w", err)
	}
	return nil
}

// Drops returns how many frames the kernel has dropped since the last call.
func (c *Control) Drops() uint64 {
	var n uint64
	_ = c.raw.Control(func(fd uintptr) {
		_, dropped := SocketStats(int(fd))
		n = uint64(dropped)
	})
	return n
}

func (c *Control) Close() error {
	c.closed.Store(true)
	return c.conn.Close()
}
