package afpacket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/netlab"
)

// smallRing has so few slots that tests go round it often.
const smallRing = 64

// bed is a cable between two namespaces. Frames enter it at the far end.
type bed struct {
	near, far *netlab.NS
	out       *Sender
}

func layBed(t testing.TB) *bed {
	t.Helper()
	b := &bed{near: netlab.New(t), far: netlab.New(t)}
	netlab.Pair(t, b.near, "near0", b.far, "far0")
	for _, end := range []struct {
		ns   *netlab.NS
		name string
	}{{b.near, "near0"}, {b.far, "far0"}} {
		end.ns.Run(t, "ip", "link", "set", "dev", end.name, "mtu", "9000")
		end.ns.Up(t, end.name)
	}
	b.far.AwaitUp(t, "far0")
	index := int32(b.far.Index(t, "far0"))
	b.far.Must(t, func() (err error) {
		b.out, err = OpenSender(index)
		return err
	})
	t.Cleanup(func() { _ = unix.Close(b.out.fd) })
	return b
}

// receiver opens a receiver of the near end with a ring of a number of slots.
func (b *bed) receiver(t testing.TB, slots int) *Receiver {
	t.Helper()
	index := int32(b.near.Index(t, "near0"))
	var r *Receiver
	b.near.Must(t, func() (err error) {
		r, err = OpenRingReceiver(index, slots)
		return err
	})
	t.Cleanup(func() { r.Close() })
	return r
}

// ringed is receiver, or skips the test if the kernel has no rings.
func (b *bed) ringed(t *testing.T) *Receiver {
	t.Helper()
	r := b.receiver(t, smallRing)
	if r.ring.ring == nil {
		t.Skip("the kernel refuses receive rings")
	}
	return r
}

func (b *bed) send(t testing.TB, frames ...link.Frame) {
	t.Helper()
	for len(frames) > 0 {
		n, err := b.out.Write(frames)
		if err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.ENOBUFS) {
			t.Fatalf("send frame of %d octets: %v", len(frames[n].Data), err)
		}
		frames = frames[n:]
	}
}

// experiment is a frame of an EtherType for experiments with a number, after tags.
func experiment(number, length int, tags ...byte) link.Frame {
	f := slices.Concat([]byte{2, 0, 0, 0, 0, 1}, source, tags, []byte{0x88, 0xb5})
	f = binary.BigEndian.AppendUint32(f, uint32(number))
	for i := len(f); i < length; i++ {
		f = append(f, byte(i*7+number))
	}
	return link.Frame{Data: f}
}

// source is the source address of the tests' frames.
var source = []byte{2, 0, 0, 0, 0, 2}

// isOurs tells the frames of the tests from those of the kernels at both ends.
func isOurs(f []byte) bool { return bytes.Equal(f[6:12], source) }

// received is one frame that a receiver returned.
type received struct {
	data    []byte
	offload link.Offload
}

// read reads frames, those of the test alone, until the receiver is closed.
func read(r *Receiver, size int) <-chan received {
	frames := make(chan received, 1<<14)
	go func() {
		defer close(frames)
		bufs, in := make([][]byte, Batch), make([]link.Frame, Batch)
		for i := range bufs {
			bufs[i] = make([]byte, size)
		}
		for {
			n, err := r.Read(bufs, in)
			if err != nil {
				return
			}
			for _, f := range in[:n] {
				if isOurs(f.Data) {
					frames <- received{bytes.Clone(f.Data), f.Offload}
				}
			}
		}
	}()
	return frames
}

func next(t *testing.T, frames <-chan received) received {
	t.Helper()
	select {
	case f, ok := <-frames:
		if !ok {
			t.Fatal("the receiver is closed")
		}
		return f
	case <-time.After(netlab.Patience):
		t.Fatalf("no frame within %v", netlab.Patience)
	}
	return received{}
}

// Short frames lie in the ring and long ones in the socket's queue. They keep their order.
func TestRingKeepsTheOrder(t *testing.T) {
	b := layBed(t)
	frames := read(b.ringed(t), link.BufferSize)
	random := rand.New(rand.NewPCG(1, 2))
	const count, window = 4000, 16
	var sent []link.Frame
	for i := range count {
		length := 60 + random.IntN(1400)
		if random.IntN(3) == 0 {
			length = 1800 + random.IntN(7000)
		}
		f := experiment(i, length, [][]byte{nil, nil, {0x81, 0, 0, 5}, {0x88, 0xa8, 0, 7, 0x81, 0, 0, 9}}[random.IntN(4)]...)
		b.send(t, f)
		if sent = append(sent, f); len(sent) < window && i < count-1 {
			continue
		}
		for _, want := range sent {
			if got := next(t, frames); !bytes.Equal(got.data, want.Data) {
				t.Fatalf("of %d frames, read %x (%d octets), want %x (%d)", i+1, got.data[:24], len(got.data), want.Data[:24], len(want.Data))
			}
		}
		sent = sent[:0]
	}
}

// hostile returns frames of all kinds: runts, tags that end too early, slow protocols after tags,
// odd lengths around that of a slot, large segments.
func hostile(random *rand.Rand) link.Frame {
	tags := [][]byte{
		nil, {0x81, 0, 0, 5}, {0x81, 0, 0xe0, 0}, {0x88, 0xa8, 0, 7}, {0x91, 0, 0, 7},
		{0x88, 0xa8, 0, 7, 0x81, 0, 0, 9}, {0x81, 0, 0, 7, 0x81, 0, 0, 9}, bytes.Repeat([]byte{0x81, 0, 0, 5}, 9),
	}
	f := experiment(int(random.Uint32()), 14+random.IntN(2000), tags[random.IntN(len(tags))]...)
	switch random.IntN(8) {
	case 0: // around the length of a slot
		f = experiment(int(random.Uint32()), 1900+random.IntN(200))
	case 1: // slow protocols after tags
		copy(f.Data[12:], append(slices.Clone(tags[1+random.IntN(len(tags)-1)]), 0x88, 0x09, 1, 1))
	case 2: // any octets after the addresses
		for i := 12; i < len(f.Data); i++ {
			f.Data[i] = byte(random.Uint32())
		}
	case 3: // ends anywhere
		f.Data = f.Data[:min(14+random.IntN(40), len(f.Data))]
	case 4:
		f = segment(1 + random.IntN(60000))
	}
	return f
}

// segment is a TCP segment of a given length that the sender has left to cut.
func segment(payload int) link.Frame {
	f := slices.Concat([]byte{2, 0, 0, 0, 0, 1}, source, []byte{8, 0},
		[]byte{0x45, 0, byte((payload + 40) >> 8), byte(payload + 40), 0, 0, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2},
		[]byte{0, 9, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0}, make([]byte, payload))
	o := link.Offload{Flags: link.NeedsChecksum, HeaderLen: 54, CsumStart: 34, CsumOffset: 16}
	if payload > 1000 {
		o.GSO, o.SegSize = link.GSOTCPv4, 1000
	}
	return link.Frame{Data: f, Offload: o}
}

// Frames of all kinds are read from a ring as without one: the same frames are left out, and
// counted alike.
func TestRingReadsWhatTheQueueReads(t *testing.T) {
	for _, size := range []int{link.BufferSize, 3000, 300} {
		t.Run(fmt.Sprintf("buffers of %d octets", size), func(t *testing.T) {
			b := layBed(t)
			ring, queue := b.ringed(t), b.receiver(t, 0)
			fromRing, fromQueue := read(ring, size), read(queue, size)
			random := rand.New(rand.NewPCG(3, uint64(size)))
			for i := range 300 {
				for range 8 {
					f := hostile(random)
					if _, err := b.out.Write([]link.Frame{f}); err != nil {
						continue // the sender's kernel refuses some
					}
				}
				last := experiment(i, 60)
				b.send(t, last)
				for {
					got, want := next(t, fromRing), next(t, fromQueue)
					if !bytes.Equal(got.data, want.data) || got.offload != want.offload {
						t.Fatalf("round %d: from the ring %d octets %x, %+v; from the queue %d octets %x, %+v", i,
							len(got.data), got.data[:min(40, len(got.data))], got.offload, len(want.data), want.data[:min(40, len(want.data))], want.offload)
					}
					if bytes.Equal(got.data, last.Data) {
						break
					}
				}
			}
			if got, want := ring.Truncated(), queue.Truncated(); got != want {
				t.Errorf("Truncated() = %d, want %d", got, want)
			}
			if got, want := ring.Tagged(), queue.Tagged(); got != want || got == 0 {
				t.Errorf("Tagged() = %d, want %d, more than 0", got, want)
			}
			if n := ring.RingResets(); n != 0 {
				t.Errorf("RingResets() = %d, want 0", n)
			}
		})
	}
}

// The ways a ring can stand still.
var stalls = map[string]func(*ring){
	// The kernel never gives a slot away that it took for a frame it then could not describe.
	"the kernel does not go on": func(g *ring) { atomic.StoreUint32(&g.header().Status, 1<<27) },
	// Two processors have filled one slot and left the one before empty.
	"the kernel left a slot out": func(g *ring) { g.at = len(g.mem) - slotSize },
}

func TestRingThatStandsStillIsSetUpAgain(t *testing.T) {
	for name, stall := range stalls {
		t.Run(name, func(t *testing.T) {
			b := layBed(t)
			r := b.ringed(t)
			stall(r.ring.ring)
			awaitRead(t, b, r)
			if got := r.RingResets(); got != 1 {
				t.Errorf("RingResets() = %d, want 1", got)
			}
			if got := r.RingsRefused(); got != 0 {
				t.Errorf("RingsRefused() = %d, want 0", got)
			}
		})
	}
}

// If the kernel then has no memory for a ring, the frames are read from the queue.
func TestRingThatCannotBeSetUpAgain(t *testing.T) {
	b := layBed(t)
	r := b.ringed(t)
	stalls["the kernel does not go on"](r.ring.ring)
	r.ring.slots = 1
	awaitRead(t, b, r)
	if resets, refused := r.RingResets(), r.RingsRefused(); resets != 1 || refused != 1 {
		t.Errorf("RingResets() = %d, RingsRefused() = %d, want 1 and 1", resets, refused)
	}
}

func TestRefusedRing(t *testing.T) {
	b := layBed(t)
	r := b.receiver(t, 1) // it would not fill a block
	if got := r.RingsRefused(); got != 1 {
		t.Errorf("RingsRefused() = %d, want 1", got)
	}
	awaitRead(t, b, r)
}

// awaitRead sends frames until one is read, and then checks that each frame that the kernel has
// queued was returned or is counted as left out.
func awaitRead(t *testing.T, b *bed, r *Receiver) {
	t.Helper()
	var returned atomic.Uint64
	seen := make(chan int, 1<<16)
	go func() {
		bufs, in := [][]byte{make([]byte, 2000)}, make([]link.Frame, 1)
		for {
			n, err := r.Read(bufs, in)
			if err != nil {
				close(seen)
				return
			}
			returned.Add(uint64(n))
			if isOurs(in[0].Data) {
				seen <- int(binary.BigEndian.Uint32(in[0].Data[14:]))
			}
		}
	}()
	limit := time.After(netlab.Patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		b.send(t, experiment(i, 60))
		select {
		case _, ok := <-seen:
			if !ok {
				t.Fatal("Read failed")
			}
		case <-limit:
			t.Fatalf("none of %d frames was read", i)
		case <-tick.C:
			continue
		}
		break
	}
	for {
		queued, _ := r.Stats()
		if out := returned.Load() + r.LeftOut(); out == queued {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d frames queued, %d returned, %d left out", queued, returned.Load(), r.LeftOut())
		}
	}
}

// A full ring drops frames, and counts them.
func TestFullRing(t *testing.T) {
	b := layBed(t)
	r := b.ringed(t)
	const sent = 3 * smallRing
	for i := range sent {
		b.send(t, experiment(i, 100))
	}
	netlab.Await(t, "all frames to arrive", func() bool {
		queued, dropped := r.Stats()
		return queued+dropped >= sent
	})
	if queued, _ := r.Stats(); queued != smallRing {
		t.Errorf("%d frames queued, want %d", queued, smallRing)
	}
	frames := read(r, 2000)
	for i := range smallRing / 2 { // the kernel's own frames may have some of the slots
		if got := binary.BigEndian.Uint32(next(t, frames).data[14:]); got != uint32(i) {
			t.Fatalf("read frame %d, want %d", got, i)
		}
	}
	if n := r.RingResets(); n != 0 {
		t.Errorf("RingResets() = %d, want 0: a full ring does not stand still", n)
	}
}

func TestRingAfterTheInterfaceWasDown(t *testing.T) {
	b := layBed(t)
	r := b.ringed(t)
	frames := read(r, 2000)
	for i := range 3 {
		b.near.Down(t, "near0")
		b.near.Up(t, "near0")
		b.far.AwaitUp(t, "far0")
		b.send(t, experiment(i, 60))
		if got := binary.BigEndian.Uint32(next(t, frames).data[14:]); got != uint32(i) {
			t.Errorf("read frame %d, want %d", got, i)
		}
	}
}

// mappings returns how many mappings of sockets the process has.
func mappings(t *testing.T) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(maps), "socket:[")
}

// Close ends a Read that waits or copies, and leaves neither descriptors nor mappings.
func TestRingIsGivenBack(t *testing.T) {
	b := layBed(t)
	b.ringed(t).Close()
	before, mapped := netlab.Held(t), mappings(t)
	for i := range 30 {
		r := b.receiver(t, smallRing)
		ended := make(chan error, 1)
		go func() {
			bufs, in := [][]byte{make([]byte, 2000)}, make([]link.Frame, 1)
			for {
				if _, err := r.Read(bufs, in); err != nil {
					ended <- err
					return
				}
			}
		}()
		for n := range i { // in some of the cycles it waits
			b.send(t, experiment(n, 60))
		}
		r.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Fatalf("Read() = %v, want net.ErrClosed", err)
		}
	}
	netlab.AwaitNoMore(t, before)
	if got := mappings(t); got != mapped {
		t.Errorf("%d mappings of sockets, want %d", got, mapped)
	}
}

func TestRingReadsWithoutAllocation(t *testing.T) {
	b := layBed(t)
	r := b.ringed(t)
	bufs, in := [][]byte{make([]byte, 2000), make([]byte, 2000)}, make([]link.Frame, 2)
	out := []link.Frame{experiment(1, 60)}
	if n := testing.AllocsPerRun(500, func() {
		b.send(t, out...)
		if _, err := r.Read(bufs, in); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a frame, want 0", n)
	}
}
