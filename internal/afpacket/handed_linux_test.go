package afpacket

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// A receiver goes from one owner to the next again and again, with short and long frames in its ring
// and in its queue. None is lost, and all stay in order.
func TestHandedReceiverKeepsItsFrames(t *testing.T) {
	for name, slots := range map[string]int{"queue": 0, "ring": smallRing} {
		t.Run(name, func(t *testing.T) {
			b := layBed(t)
			r, random := b.receiver(t, slots), rand.New(rand.NewPCG(1, 2))
			index := int32(b.near.Index(t, "near0"))
			sent, got := 0, 0
			send := func(n int) {
				for range n {
					b.send(t, experiment(sent, 60+random.IntN(2)*(slotSize+random.IntN(2000))))
					sent++
				}
			}
			for range 40 {
				frames := read(r, link.BufferSize)
				send(random.IntN(smallRing / 4))
				for got < sent-random.IntN(3) {
					checkNumber(t, next(t, frames).data, &got)
				}
				r.Pause()
				for f := range frames { // until its reader has ended
					checkNumber(t, f.data, &got)
				}
				send(random.IntN(smallRing / 4))
				if _, err := r.Read([][]byte{make([]byte, 100)}, make([]link.Frame, 1)); !errors.Is(err, link.ErrPaused) {
					t.Fatalf("Read() = %v, want %v", err, link.ErrPaused)
				}
				r = handOn(t, index, r)
			}
			frames := read(r, link.BufferSize)
			for got < sent {
				checkNumber(t, next(t, frames).data, &got)
			}
			if lost := r.LeftOut(); lost != 0 {
				t.Errorf("%d frames are left out, want none", lost)
			}
		})
	}
}

// handOn hands a receiver on and closes it.
func handOn(t *testing.T, index int32, r *Receiver) *Receiver {
	t.Helper()
	sender := &Sender{fd: r.fd}
	h, fds, err := r.Hand(sender)
	if err != nil {
		t.Fatal(err)
	}
	defer CloseFDs(fds)
	next, _, err := AdoptSockets(index, h, fds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { next.Close() })
	r.Close()
	next.Resume()
	return next
}

func checkNumber(t *testing.T, frame []byte, want *int) {
	t.Helper()
	if got := int(binary.BigEndian.Uint32(frame[14:])); got != *want {
		t.Fatalf("frame %d, want %d", got, *want)
	}
	*want++
}

func TestHandedSocketsAreChecked(t *testing.T) {
	b := layBed(t)
	h, fds, err := b.receiver(t, 0).Hand(b.out)
	if err != nil {
		t.Fatal(err)
	}
	defer CloseFDs(fds)
	for name, change := range map[string]func(*Sockets, *[]int){
		"one socket":             func(_ *Sockets, fds *[]int) { *fds = (*fds)[:1] },
		"a closed socket":        func(_ *Sockets, fds *[]int) { *fds = []int{(*fds)[0], -1} },
		"a place beyond the end": func(h *Sockets, _ *[]int) { h.Ring, h.Slots, h.At = true, 64, 64*slotSize },
		"a place in a slot":      func(h *Sockets, _ *[]int) { h.Ring, h.Slots, h.At = true, 64, 1 },
		"a huge ring":            func(h *Sockets, _ *[]int) { h.Ring, h.Slots = true, 1<<40 },
		"a ring that is none":    func(h *Sockets, _ *[]int) { h.Ring, h.Slots = true, 64 },
	} {
		changed, some := h, append([]int(nil), fds...)
		change(&changed, &some)
		if r, _, err := AdoptSockets(1, changed, some); err == nil {
			r.Close()
			t.Errorf("%s: AdoptSockets() = nil, want an error", name)
		}
	}
}

// The LACPDUs that arrive while a Control is paused are its successor's.
func TestHandedControlKeepsItsLACPDUs(t *testing.T) {
	b := layBed(t)
	index := int32(b.near.Index(t, "near0"))
	var c *Control
	b.near.Must(t, func() (err error) {
		c, err = OpenControl(index)
		return err
	})
	t.Cleanup(func() { _ = c.Close() })
	pdu := func(number byte) link.Frame {
		a := lacp.Action{PDU: lacp.PDU{Version: number}, Source: lacp.MAC{2, 0, 0, 0, 0, 9}, Destination: lacp.SlowProtocolsMulticast}
		return link.Frame{Data: a.AppendFrame(nil)}
	}
	buf := make([]byte, 200)
	want := func(number byte) {
		t.Helper()
		if n, err := c.Read(buf); err != nil || n < 16 || buf[15] != number {
			t.Fatalf("Read() = %x, %v, want LACPDU %d", buf[:n], err, number)
		}
	}
	for number := byte(1); number < 20; number++ {
		waits := make(chan error, 1)
		go func() { _, err := c.Read(make([]byte, 200)); waits <- err }()
		if err := c.Pause(); err != nil {
			t.Fatal(err)
		}
		if err := <-waits; !errors.Is(err, link.ErrPaused) {
			t.Fatalf("Read() = %v, want %v", err, link.ErrPaused)
		}
		b.send(t, pdu(number))
		fds, err := c.Hand()
		if err != nil {
			t.Fatal(err)
		}
		before := c
		if c, err = AdoptControl(fds); err != nil {
			t.Fatal(err)
		}
		CloseFDs(fds)
		if _, err := c.Read(buf); !errors.Is(err, link.ErrPaused) {
			t.Fatalf("Read() of the successor = %v, want %v", err, link.ErrPaused)
		}
		if err := errors.Join(before.Close(), c.Resume()); err != nil {
			t.Fatal(err)
		}
		want(number)
	}
	if _, err := AdoptControl(nil); err == nil {
		t.Error("AdoptControl() without sockets = nil, want an error")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Hand(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Hand() after Close = %v, want %v", err, net.ErrClosed)
	}
}

// A TAP queue keeps the frames of its host, and its interface, while it goes on.
func TestHandedTAPKeepsItsFrames(t *testing.T) {
	b := layBed(t)
	var q *TAP
	b.near.Must(t, func() error {
		fd, err := OpenTAP(TAPConfig{Name: "tap0"}, true)
		if err == nil {
			q, err = NewTAP(fd)
		}
		return err
	})
	b.near.Run(t, "ip", "link", "set", "dev", "tap0", "up")
	out := b.near.Wire(t, "tap0")
	index := b.near.Index(t, "tap0")
	bufs, frames := [][]byte{make([]byte, link.BufferSize)}, make([]link.Frame, 1)
	for number := range 20 {
		q.Pause()
		out.Send(t, experiment(number, 60).Data)
		fd, err := q.Hand()
		if err != nil {
			t.Fatal(err)
		}
		next, name, err := AdoptTAP(fd)
		if err != nil || name != "tap0" {
			t.Fatalf("AdoptTAP() = %q, %v, want tap0", name, err)
		}
		CloseFDs([]int{fd})
		q.Close()
		q = next
		if _, err := q.Read(bufs, frames); !errors.Is(err, link.ErrPaused) {
			t.Fatalf("Read() of the successor = %v, want %v", err, link.ErrPaused)
		}
		q.Resume()
		for got := number; got == number; { // the host sends frames of its own
			if _, err := q.Read(bufs, frames); err != nil {
				t.Fatal(err)
			}
			if isOurs(frames[0].Data) {
				checkNumber(t, frames[0].Data, &got)
			}
		}
	}
	if got := b.near.Index(t, "tap0"); got != index {
		t.Errorf("tap0 has index %d, want %d", got, index)
	}
	q.Close()
	if b.near.Exists(t, "tap0") {
		t.Error("tap0 is left, want it removed with its last descriptor")
	}
	if _, _, err := AdoptTAP(-1); !errors.Is(err, unix.EBADF) {
		t.Errorf("AdoptTAP() of no descriptor = %v, want %v", err, unix.EBADF)
	}
}
