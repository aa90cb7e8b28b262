package user

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// Addr is an Ethernet address as a [net.Addr], for a [Plane.PacketConn].
type Addr struct{ net.HardwareAddr }

// Network returns "ethernet".
func (Addr) Network() string { return "ethernet" }

// packetConn is a view of a bond's frames of one EtherType.
type packetConn struct {
	plane     *Plane
	etherType uint16
	queue     receiveQueue
}

// conns are a plane's packetConns by EtherType.
type conns struct {
	mu     sync.Mutex // held while the views change
	closed bool
}

// minEtherType is the least value that is an EtherType and not a length.
const minEtherType = 0x0600

// PacketConn returns a view of the bond as a [net.PacketConn] that sends and receives the
// payload of frames of one EtherType, 0x0600 to 0xffff except 0x8809; a VLAN tag is an
// EtherType of its own. Frames of that EtherType no longer go to the device or to Receive, and
// those to the MAC addresses of other stations are dropped. Addresses are of type [Addr]. The
// source of the frames it sends is the bond's address. ReadFrom truncates a frame that is
// longer than its buffer.
//
// The error is a [*lacp.FieldError] if the EtherType is not allowed or has a view already, or
// [net.ErrClosed].
func (u *Plane) PacketConn(etherType uint16) (net.PacketConn, error) {
	if etherType < minEtherType || etherType == link.EtherTypeSlow {
		return nil, &lacp.FieldError{Field: "etherType", Value: fmt.Sprintf("%#04x", etherType), Allowed: "0x0600 to 0xffff except 0x8809"}
	}
	c := &packetConn{plane: u, etherType: etherType}
	c.queue.init()
	u.conns.mu.Lock()
	defer u.conns.mu.Unlock()
	if u.conns.closed {
		return nil, net.ErrClosed
	}
	old := u.views.Load()
	next := make(map[uint16]*packetConn)
	if old != nil {
		if (*old)[etherType] != nil {
			return nil, &lacp.FieldError{Field: "etherType", Value: fmt.Sprintf("%#04x", etherType), Allowed: "one that has no view yet"}
		}
		maps.Copy(next, *old)
	}
	next[etherType] = c
	u.views.Store(&next)
	return c, nil
}

// closeViews ends all views.
func (u *Plane) closeViews() {
	u.conns.mu.Lock()
	defer u.conns.mu.Unlock()
	u.conns.closed = true
	if views := u.views.Load(); views != nil {
		for _, c := range *views {
			c.queue.close()
		}
	}
	u.views.Store(nil)
}

// divert passes the views their frames and returns the others. A reader of a view does not see
// a frame's destination, so divert drops frames to other stations.
func (u *Plane) divert(p *plan, frames []link.Frame) []link.Frame {
	views := u.views.Load()
	if views == nil {
		return frames
	}
	kept := frames[:0]
	for i := range frames {
		if f := frames[i].Data; len(f) >= link.HeaderLen {
			if c := (*views)[binary.BigEndian.Uint16(f[12:])]; c != nil {
				if isFor(f, p.MAC[:]) {
					c.queue.put(u, frames[i:i+1])
				} else {
					u.counters.rxOtherStation.Add(1)
				}
				continue
			}
		}
		kept = append(kept, frames[i])
	}
	return kept
}

// ReadFrom receives one payload and its sender.
func (c *packetConn) ReadFrom(p []byte) (int, net.Addr, error) {
	q := &c.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.wait(); err != nil {
		return 0, nil, &net.OpError{Op: "read", Net: "ethernet", Source: c.LocalAddr(), Err: err}
	}
	frame := q.take()
	from := Addr{append(net.HardwareAddr(nil), frame[6:12]...)}
	return copy(p, frame[link.HeaderLen:]), from, nil
}

// WriteTo sends one payload. It never waits and ignores the deadline.
func (c *packetConn) WriteTo(p []byte, addr net.Addr) (int, error) {
	fail := func(err error) (int, error) {
		return 0, &net.OpError{Op: "write", Net: "ethernet", Addr: addr, Err: err}
	}
	to, ok := addr.(Addr)
	if !ok || len(to.HardwareAddr) != 6 {
		return fail(&net.AddrError{Err: "not an Addr of 6 octets", Addr: fmt.Sprint(addr)})
	}
	frame := make([]byte, 0, link.HeaderLen+len(p))
	frame = append(frame, to.HardwareAddr...)
	frame = append(frame, c.plane.plan.Load().MAC[:]...)
	frame = binary.BigEndian.AppendUint16(frame, c.etherType)
	if err := c.plane.Send(append(frame, p...)); err != nil {
		return fail(err)
	}
	return len(p), nil
}

// Close ends the view. Its frames go to the device or to Receive again.
func (c *packetConn) Close() error {
	u := c.plane
	u.conns.mu.Lock()
	defer u.conns.mu.Unlock()
	if views := u.views.Load(); views != nil && (*views)[c.etherType] == c {
		next := maps.Clone(*views)
		delete(next, c.etherType)
		u.views.Store(&next)
		if len(next) == 0 {
			u.views.Store(nil)
		}
	}
	c.queue.close()
	return nil
}

// String returns the bond's name and the EtherType.
func (c *packetConn) String() string {
	return fmt.Sprintf("%s EtherType %#04x", c.plane.host.Name, c.etherType)
}

// LocalAddr returns the bond's address.
func (c *packetConn) LocalAddr() net.Addr { return Addr{slices.Clone(c.plane.plan.Load().MAC[:])} }

// SetDeadline sets the read deadline; writes do not wait.
func (c *packetConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline sets when ReadFrom gives up.
func (c *packetConn) SetReadDeadline(t time.Time) error {
	c.queue.setDeadline(t)
	return nil
}

// SetWriteDeadline does nothing: writes do not wait.
func (c *packetConn) SetWriteDeadline(time.Time) error { return nil }
