package lab

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/netlab"
)

// wireEnd is a peer's end of a cable. The test has both ends of the cable and carries the
// frames between them.
type wireEnd interface {
	// read waits for a frame that the peer sends.
	read(buf []byte) (int, error)
	// write gives a frame to the peer. The frame is lost if the peer does not take it.
	write(frame []byte)
	// setCarrier sets the carrier that the peer sees.
	setCarrier(t testing.TB, up bool)
}

// guestEnd is an interface of a guest.
type guestEnd struct {
	guest        *guest
	index        int
	ours, theirs string // names of the sockets
	fd           int    // not the poller's; a datagram socket of package net would do too
	file         *os.File
}

func newGuestEnd(t testing.TB, g *guest, index int) *guestEnd {
	t.Helper()
	e := &guestEnd{guest: g, index: index, ours: g.path(fmt.Sprintf("ours%d", index)), theirs: g.path(fmt.Sprintf("theirs%d", index))}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	e.fd, e.file = fd, os.NewFile(uintptr(fd), e.ours)
	t.Cleanup(func() { e.file.Close() })
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: e.ours}); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *guestEnd) read(buf []byte) (int, error) { return e.file.Read(buf) }

func (e *guestEnd) write(frame []byte) { _ = e.send(frame) }

// send is like write, and reports whether the guest took the frame. Several goroutines may
// call it. Each call makes its own address, because two goroutines may not use an address of
// package unix at the same time.
func (e *guestEnd) send(frame []byte) error {
	return unix.Sendto(e.fd, frame, unix.MSG_DONTWAIT, &unix.SockaddrUnix{Name: e.theirs})
}

func (e *guestEnd) setCarrier(t testing.TB, up bool) { e.guest.setLink(t, e.index, up) }

// hostEnd is the far end of a peer's virtual cable, in a namespace that only the test uses.
type hostEnd struct {
	ns   *netlab.NS
	name string
	file *os.File
}

func newHostEnd(t testing.TB, ns *netlab.NS, name string) *hostEnd {
	t.Helper()
	e := &hostEnd{ns: ns, name: name}
	index := ns.Index(t, name)
	ns.Must(t, func() error {
		all := int(uint16(unix.ETH_P_ALL)<<8 | unix.ETH_P_ALL>>8) // in network order
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, all)
		if err != nil {
			return err
		}
		e.file = os.NewFile(uintptr(fd), name)
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
			return err
		}
		promiscuous := &unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, promiscuous); err != nil {
			return err
		}
		return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(all), Ifindex: index})
	})
	t.Cleanup(func() { e.file.Close() })
	return e
}

func (e *hostEnd) read(buf []byte) (int, error) {
	for {
		n, err := e.file.Read(buf)
		// The interface was set down. The socket works again when it is up.
		if n > 0 || err == nil || !isDown(err) {
			return n, err
		}
	}
}

func (e *hostEnd) write(frame []byte) { _, _ = e.file.Write(frame) }

func (e *hostEnd) setCarrier(t testing.TB, up bool) {
	if up {
		e.ns.Up(t, e.name)
	} else {
		e.ns.Down(t, e.name)
	}
}

// loss selects the frames that are dropped between the ends without a change of carrier.
type loss int32

const (
	loseNothing loss = iota
	loseLACP
	loseAll
)

// plug is one end of a cable, and records the frames that leave the peer there.
type plug struct {
	name string
	end  wireEnd
	to   atomic.Pointer[plug]
	lose atomic.Int32
	up   atomic.Bool
	mask atomic.Pointer[mask]
	seen sighting
	tape *tape

	requests atomic.Int64  // ICMP echo requests that got through
	plugging *sync.RWMutex // the pair's
}

// pump carries frames from the plug to the other end of its cable, until the peer is gone.
func (p *plug) pump() {
	buf := make([]byte, 1<<16)
	for {
		n, err := p.end.read(buf)
		if err != nil {
			return
		}
		frame := buf[:n]
		if m := p.mask.Load(); m != nil {
			m.out(frame)
		}
		slow := p.seen.note(time.Now(), frame)
		p.carry(frame, slow)
	}
}

// carry delivers a frame to the other end.
func (p *plug) carry(frame []byte, slow bool) {
	p.plugging.RLock()
	defer p.plugging.RUnlock()
	if !p.up.Load() {
		return
	}
	to, lost := p.to.Load(), loss(p.lose.Load())
	gone := lost == loseAll || lost == loseLACP && slow
	p.tape.record(p, frame, slow, gone)
	if to == nil || gone {
		return
	}
	if isEchoRequest(frame) {
		p.requests.Add(1)
	}
	if m := to.mask.Load(); m != nil {
		m.in(frame)
	}
	to.end.write(frame)
}

func (p *plug) setLoss(l loss) { p.lose.Store(int32(l)) }

// cable connects two plugs.
type cable struct{ a, b *plug }

// newCable returns cable i between two ends. It is unplugged.
func newCable(t testing.TB, i int, a, b wireEnd, tape *tape, plugging *sync.RWMutex) cable {
	t.Helper()
	c := cable{
		&plug{name: fmt.Sprintf("a%d", i), end: a, tape: tape, plugging: plugging},
		&plug{name: fmt.Sprintf("b%d", i), end: b, tape: tape, plugging: plugging},
	}
	c.a.to.Store(c.b)
	c.b.to.Store(c.a)
	c.setUp(t, false)
	return c
}

// pump carries frames both ways, until the ends are gone.
func (c *cable) pump() {
	go c.a.pump()
	go c.b.pump()
}

// setUp plugs a cable in, or pulls it; both ends see that.
func (c *cable) setUp(t testing.TB, up bool) time.Time {
	t.Helper()
	c.a.plugging.Lock()
	defer c.a.plugging.Unlock()
	at := time.Now()
	c.a.up.Store(up)
	c.b.up.Store(up)
	c.a.end.setCarrier(t, up)
	c.b.end.setCarrier(t, up)
	return at
}
