// Package linktest provides links in memory. They are the two ends of a cable that connects
// two bonds, or a bond and a test. They work in real time and in the virtual time of
// testing/synctest.
package linktest

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// Traffic is a kind of frame that a [Cable] can lose in one direction.
type Traffic uint8

const (
	Data    Traffic = 1 << iota // data frames
	Control                     // slow-protocols frames
	All     = Data | Control
)

// Cable is a link in memory with an end for each of two bonds.
type Cable struct {
	A, B *Link

	mu    sync.Mutex
	state link.State
}

// NewCable returns a cable that is plugged in, 10 Gb/s full duplex, between interfaces of
// these names. The MAC addresses of the ends are derived from the names, so all interfaces
// that are connected to one another need different names.
func NewCable(a, b string) *Cable {
	c := &Cable{state: link.State{Link: lacp.Link{Up: true, Duplex: lacp.DuplexFull, SpeedMbps: 10000}}}
	c.A, c.B = newLink(c, a), newLink(c, b)
	c.A.peer, c.B.peer = c.B, c.A
	c.announce()
	return c
}

// SetUp plugs the cable in or pulls it; both ends see it at once.
func (c *Cable) SetUp(up bool) {
	c.mu.Lock()
	c.state.Up = up
	c.mu.Unlock()
	c.announce()
}

// SetSpeed sets the cable's speed, in Mb/s.
func (c *Cable) SetSpeed(mbps uint32) {
	c.mu.Lock()
	c.state.SpeedMbps = mbps
	c.mu.Unlock()
	c.announce()
}

// Up reports whether the cable is plugged in.
func (c *Cable) Up() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.Up
}

func (c *Cable) announce() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.A.reports.Put(c.state)
	c.B.reports.Put(c.state)
}

// depth is how many frames of a kind the receiving end queues; further ones are lost.
const depth = 4096

// Link is one end of a [Cable]. It is a [link.Link].
type Link struct {
	name    string
	addr    net.HardwareAddr
	cable   *Cable
	peer    *Link
	data    chan link.Frame
	control chan []byte
	reports link.Reports
	closed  chan struct{}
	once    sync.Once
	late    atomic.Uint64

	arrived  atomic.Uint32 // data frames that wait or have been read
	returned uint32        // data frames that Read has returned; only Read's caller uses it
	passed   atomic.Uint32 // those that the caller is done with

	mu   sync.Mutex
	lost Traffic
	own  net.HardwareAddr // the address that SetHardwareAddr has set; nil: addr
	mtu  int
}

var (
	_ link.Link        = (*Link)(nil)
	_ link.StateReader = (*Link)(nil)
)

func newLink(c *Cable, name string) *Link {
	return &Link{
		name:    name,
		addr:    addrOf(name),
		cable:   c,
		data:    make(chan link.Frame, depth),
		control: make(chan []byte, depth),
		closed:  make(chan struct{}),
	}
}

// addrOf returns a locally administered address derived from a name (40 bits of FNV-1a).
func addrOf(name string) net.HardwareAddr {
	h := uint64(0xcbf29ce484222325)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	return net.HardwareAddr{0x02, byte(h >> 32), byte(h >> 24), byte(h >> 16), byte(h >> 8), byte(h)}
}

// Lose drops traffic that this end sends, without a change of carrier. Lose(0) ends it.
func (l *Link) Lose(t Traffic) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = t
}

// other returns the end that receives the frames.
func (l *Link) other() *Link {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.peer
}

func (l *Link) setPeer(p *Link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.peer = p
}

func (l *Link) loses(t Traffic) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost&t != 0
}

// Name returns the end's name.
func (l *Link) Name() string { return l.name }

// HardwareAddr returns the end's MAC address.
func (l *Link) HardwareAddr() net.HardwareAddr { return l.addr }

// SetHardwareAddr gives the interface another address; nil restores its own.
func (l *Link) SetHardwareAddr(addr net.HardwareAddr) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.own = addr
	return nil
}

// InterfaceAddr returns the address the interface has now, and its own.
func (l *Link) InterfaceAddr() (now, found net.HardwareAddr, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.own == nil {
		return l.addr, l.addr, nil
	}
	return l.own, l.addr, nil
}

// SetMTU sets the interface's MTU.
func (l *Link) SetMTU(mtu int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mtu = mtu
	return nil
}

// MTU returns the value that SetMTU has set, or 0.
func (l *Link) MTU() (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mtu, nil
}

// Watch makes report the function that gets the state of the cable.
func (l *Link) Watch(report func(link.State)) { l.reports.Watch(report) }

// State returns the state of the cable. A frame may be read before the state is reported.
func (l *Link) State() (link.State, bool) {
	select {
	case <-l.closed:
		return link.State{}, false
	default:
	}
	l.cable.mu.Lock()
	defer l.cable.mu.Unlock()
	return l.cable.state, true
}

// Read returns data frames the other end has sent.
func (l *Link) Read(bufs [][]byte, frames []link.Frame) (n int, err error) {
	l.passed.Store(l.returned)
	defer func() { l.returned += uint32(n) }()
	if l.isClosed() {
		return 0, net.ErrClosed
	}
	select {
	case f := <-l.data:
		frames[0] = copyTo(bufs[0], f)
	case <-l.closed:
		return 0, net.ErrClosed
	}
	n = 1
	for n < min(len(bufs), len(frames)) {
		select {
		case f := <-l.data:
			frames[n] = copyTo(bufs[n], f)
			n++
			continue
		default:
		}
		break
	}
	return n, nil
}

// Mark returns the place after the last data frame that has arrived.
func (l *Link) Mark() uint32 { return l.arrived.Load() }

// Passed reports whether Read has returned the frames before a mark and was called again
// since.
func (l *Link) Passed(mark uint32) bool { return int32(l.passed.Load()-mark) >= 0 }

// Pending returns how many data frames wait for Read.
func (l *Link) Pending() int { return len(l.data) }

// Overflowed returns how many data frames were lost because 4,096 already waited for Read.
func (l *Link) Overflowed() uint64 { return l.late.Load() }

func copyTo(buf []byte, f link.Frame) link.Frame {
	return link.Frame{Data: buf[:copy(buf, f.Data)], Offload: f.Offload}
}

// Write sends data frames. While the cable is unplugged they are lost.
func (l *Link) Write(frames []link.Frame) (int, error) {
	if l.isClosed() {
		return 0, net.ErrClosed
	}
	if !l.cable.Up() || l.loses(Data) {
		return len(frames), nil
	}
	peer := l.other()
	for _, f := range frames {
		select {
		case peer.data <- link.Frame{Data: append([]byte(nil), f.Data...), Offload: f.Offload}:
			peer.arrived.Add(1)
		default:
			peer.late.Add(1)
		}
	}
	return len(frames), nil
}

// ReadControl returns a slow-protocols frame the other end has sent.
func (l *Link) ReadControl(buf []byte) (int, error) {
	if l.isClosed() {
		return 0, net.ErrClosed
	}
	select {
	case f := <-l.control:
		return copy(buf, f), nil
	case <-l.closed:
		return 0, net.ErrClosed
	}
}

// WriteControl sends a slow-protocols frame.
func (l *Link) WriteControl(frame []byte) error {
	if l.isClosed() {
		return net.ErrClosed
	}
	if !l.cable.Up() || l.loses(Control) {
		return nil
	}
	select {
	case l.other().control <- append([]byte(nil), frame...):
	default:
	}
	return nil
}

func (l *Link) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

// Reopen returns this closed end as a new link, as a process does that replaces another.
func (l *Link) Reopen() *Link {
	n := newLink(l.cable, l.name)
	c := l.cable
	c.mu.Lock()
	n.peer = l.other()
	n.peer.setPeer(n)
	if c.A == l {
		c.A = n
	} else {
		c.B = n
	}
	c.mu.Unlock()
	c.announce()
	return n
}

// Close closes this end.
func (l *Link) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}
