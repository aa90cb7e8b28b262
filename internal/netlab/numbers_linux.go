package netlab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Numbers is what has become of numbered frames.
type Numbers struct {
	Sent, Received, Lost, Duplicated int

	Disordered int           // frames of a flow that arrived after a later one
	Longest    time.Duration // the longest time between two arrivals
}

// String returns all of it on a line.
func (n Numbers) String() string {
	return fmt.Sprintf("%d sent, %d received, %d lost, %d duplicated, %d out of order, longest gap %v", n.Sent, n.Received, n.Lost, n.Duplicated, n.Disordered, n.Longest.Round(time.Microsecond))
}

// Clean reports whether each frame arrived once and in order.
func (n Numbers) Clean() bool { return n.Lost == 0 && n.Duplicated == 0 && n.Disordered == 0 }

// Numbered is numbered traffic on its way: see [StartNumbers].
type Numbered struct {
	end  func()
	in   *net.UDPConn
	out  []*net.UDPConn // one for each flow
	stop chan struct{}
	work sync.WaitGroup

	mu      sync.Mutex
	sent    []uint32 // of each flow
	seen    [][]bool
	result  Numbers
	arrived chan struct{} // gets a value after an arrival
	last    time.Time
}

// numbersBuffer is the receive buffer: the receiver may be late.
const numbersBuffer = 16 << 20

// StartNumbers sends numbered UDP datagrams in a number of flows from one namespace to an address
// in another, one of each flow every so often, until End or the end of the test.
func StartNumbers(t testing.TB, from, to *NS, addr string, flows int, every time.Duration) *Numbered {
	t.Helper()
	n := &Numbered{stop: make(chan struct{}), sent: make([]uint32, flows), seen: make([][]bool, flows), arrived: make(chan struct{}, 1)}
	to.Must(t, func() (err error) {
		n.in, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(addr)})
		return err
	})
	raw, err := n.in.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	setBuffer := func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, numbersBuffer)
	}
	if ctlErr := raw.Control(setBuffer); ctlErr != nil || err != nil {
		t.Fatal(ctlErr, err)
	}
	for range flows {
		from.Must(t, func() error {
			c, err := net.DialUDP("udp", nil, n.in.LocalAddr().(*net.UDPAddr))
			n.out = append(n.out, c)
			return err
		})
	}
	var receiving sync.WaitGroup
	receiving.Go(n.receive)
	n.work.Go(func() { n.send(t, every) })
	n.end = sync.OnceFunc(func() {
		close(n.stop)
		n.work.Wait()
		n.awaitAll()
		_ = n.in.Close() // ends receive
		receiving.Wait()
		for _, c := range n.out {
			_ = c.Close()
		}
	})
	t.Cleanup(n.end)
	return n
}

// End stops the traffic, waits until all of it has arrived, or nothing has for a while, and returns
// what has become of it.
func (n *Numbered) End() Numbers {
	n.end()
	return n.sum()
}

// Sent returns how many frames have been sent so far.
func (n *Numbered) Sent() int { return n.sum().Sent }

// send sends until the traffic is to stop.
func (n *Numbered) send(t testing.TB, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var b [64]byte
	for number := uint32(0); ; number++ {
		for flow, c := range n.out {
			binary.BigEndian.PutUint32(b[0:], uint32(flow))
			binary.BigEndian.PutUint32(b[4:], number)
			n.mu.Lock()
			n.sent[flow] = number + 1
			n.mu.Unlock()
			if _, err := c.Write(b[:]); err != nil && !isRefused(err) {
				t.Errorf("numbered datagram not sent: %v", err)
				return
			}
		}
		select {
		case <-tick.C:
		case <-n.stop:
			return
		}
	}
}

// isRefused reports whether the receiver is gone already.
func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// receive notes what arrives.
func (n *Numbered) receive() {
	var b [128]byte
	for {
		size, err := n.in.Read(b[:])
		if err != nil {
			return
		}
		if size < 8 {
			continue
		}
		n.note(time.Now(), int(binary.BigEndian.Uint32(b[0:])), int(binary.BigEndian.Uint32(b[4:])))
		select {
		case n.arrived <- struct{}{}:
		default:
		}
	}
}

func (n *Numbered) note(now time.Time, flow, number int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if flow >= len(n.seen) {
		return
	}
	if !n.last.IsZero() {
		n.result.Longest = max(n.result.Longest, now.Sub(n.last))
	}
	n.last = now
	seen := n.seen[flow]
	if number < len(seen) {
		if seen[number] {
			n.result.Duplicated++
		} else {
			n.result.Disordered++
			seen[number] = true
			n.result.Received++
		}
		return
	}
	for len(seen) < number {
		seen = append(seen, false)
	}
	n.seen[flow] = append(seen, true)
	n.result.Received++
}

// awaitAll waits until all has arrived, or nothing has for a while.
func (n *Numbered) awaitAll() {
	const silence = 3 * time.Second
	for {
		if s := n.sum(); s.Lost == 0 {
			return
		}
		select {
		case <-n.arrived:
		case <-time.After(silence):
			return
		}
	}
}

// sum returns what has become of the frames so far.
func (n *Numbered) sum() Numbers {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := n.result
	for _, sent := range n.sent {
		r.Sent += int(sent)
	}
	r.Lost = r.Sent - r.Received
	return r
}
