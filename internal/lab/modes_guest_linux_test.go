package lab

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
)

const (
	modeMembers = 3
	modeFlows   = 16
	modeFrames  = 1200 // of one stream, one each millisecond

	// modeLossLimit is how many frames of a stream may be lost with a member. The guest polls
	// its carriers each 20 ms by a clock that runs under emulation.
	modeLossLimit = 150
)

// modeWire is a cable between one of our interfaces and one of a guest. It records the numbers
// of the frames that pass.
type modeWire struct {
	ours  wireEnd
	guest *guestEnd
	up    atomic.Bool

	mu      sync.Mutex
	out, in []uint32 // to the guest, and from it
}

func (w *modeWire) note(list *[]uint32, frame []byte) {
	if n, ok := modeNumber(frame); ok {
		w.mu.Lock()
		*list = append(*list, n)
		w.mu.Unlock()
	}
}

// toGuest and fromGuest carry frames until an end is gone. If the guest is slow to take
// frames, they wait: its socket has room for ten.
func (w *modeWire) toGuest() {
	buf := make([]byte, 1<<16)
	for {
		n, err := w.ours.read(buf)
		if err != nil {
			return
		}
		if !w.up.Load() {
			continue
		}
		w.note(&w.out, buf[:n])
		for errors.Is(w.guest.send(buf[:n]), unix.EAGAIN) {
			<-time.After(100 * time.Microsecond)
		}
	}
}

func (w *modeWire) fromGuest() {
	buf := make([]byte, 1<<16)
	for {
		n, err := w.guest.read(buf)
		if err != nil {
			return
		}
		if w.up.Load() {
			w.note(&w.in, buf[:n])
			w.ours.write(buf[:n])
		}
	}
}

// take returns the numbers that have passed since the last call.
func (w *modeWire) take() (out, in []uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out, in, w.out, w.in = w.out, w.in, nil, nil
	return out, in
}

// modeBed is a guest with the bonding driver, and cables to interfaces of ours.
type modeBed struct {
	g       *guest
	ns      namespacePeer
	wires   []*modeWire
	theirs  net.HardwareAddr
	bond    *bond.Bond
	mu      sync.Mutex
	arrived []uint32
}

// modeFrame returns frame number n. Its flow determines its addresses, which are the same in
// both directions.
func modeFrame(n int, guest net.HardwareAddr, fromGuest bool) []byte {
	f := make([]byte, 100)
	ours := []byte{2, 0, 0, 0, 1, byte(n % modeFlows)}
	if fromGuest {
		copy(f, ours)
		copy(f[6:], guest)
	} else {
		copy(f, guest)
		copy(f[6:], ours)
	}
	f[12], f[13] = 0x88, 0xb5
	binary.BigEndian.PutUint32(f[14:], uint32(n))
	return f
}

func modeNumber(f []byte) (uint32, bool) {
	if len(f) < 18 || f[12] != 0x88 || f[13] != 0xb5 {
		return 0, false
	}
	return binary.BigEndian.Uint32(f[14:]), true
}

func newModeBed(t *testing.T) *modeBed {
	t.Helper()
	img := needGuest(t)
	theirs, err := net.ParseMAC(guestMAC(2, 0))
	if err != nil {
		t.Fatal(err)
	}
	b := &modeBed{theirs: theirs, ns: newNamespacePeer(t, peerConfig{id: 1, members: modeMembers})}
	var frames []hashFrame
	for n := range modeFrames {
		frames = append(frames, hashFrame{octets: modeFrame(n, theirs, true)})
	}
	files := newArchive()
	files.add("frames", 0o644, packFrames(frames))
	b.g = startGuest(t, img, 2, modeMembers, files)
	for i, end := range b.g.wires {
		w := &modeWire{ours: b.ns.wires[i], guest: end}
		b.wires = append(b.wires, w)
		go w.toGuest()
		go w.fromGuest()
	}
	return b
}

// start makes both bonds, and then plugs the cables in, beginning with the first.
func (b *modeBed) start(t *testing.T, mode bond.Mode, theirs string) {
	t.Helper()
	for i := range b.wires {
		b.setTheirs(t, i, false)
		b.setOurs(t, i, false)
	}
	args := []string{"link", "add", guestLAG, "address", b.theirs.String(), "type", "bond", "mode", theirs, "miimon", "20"}
	switch theirs {
	case "balance-xor":
		args = append(args, "xmit_hash_policy", "layer2")
	case "active-backup":
		args = append(args, "primary_reselect", "failure")
	}
	b.g.run(t, append([]string{"ip"}, args...)...)
	for i := range b.wires {
		b.g.run(t, "ip", "link", "set", fmt.Sprintf("eth%d", i), "master", guestLAG)
	}
	b.g.run(t, "ip", "link", "set", guestLAG, "up")
	b.ns.near.Must(t, func() (err error) {
		b.bond, err = bond.Open(bond.OpenConfig{Config: bond.Config{Mode: mode, Hash: hash.Layer2, Reselect: bond.ReselectFailure},
			Interfaces: b.ns.interfaces, NoDevice: true, StateDir: t.TempDir()})
		return err
	})
	var receiver sync.WaitGroup
	receiver.Go(b.receive)
	t.Cleanup(func() {
		if err := b.bond.Close(); err != nil {
			t.Error(err)
		}
		receiver.Wait()
		b.g.run(t, "ip", "link", "delete", guestLAG)
	})
	for i := range b.wires {
		b.plug(t, i, false)
	}
}

func (b *modeBed) receive() {
	buf := make([]byte, 2048)
	for {
		n, err := b.bond.Receive(buf)
		if err != nil {
			return
		}
		if num, ok := modeNumber(buf[:n]); ok {
			b.mu.Lock()
			b.arrived = append(b.arrived, num)
			b.mu.Unlock()
		}
	}
}

func (b *modeBed) setTheirs(t *testing.T, i int, up bool) {
	t.Helper()
	b.g.setLink(t, i, up)
	if b.bond != nil && up {
		b.awaitTheirs(t, i)
	}
}

// awaitTheirs waits until the guest's bond has noticed the carrier of a member.
func (b *modeBed) awaitTheirs(t *testing.T, i int) {
	t.Helper()
	path := fmt.Sprintf("/sys/class/net/eth%d/bonding_slave/mii_status", i)
	await(t, "the guest sees the carrier", time.Now(), 10*time.Second,
		func() bool { return b.g.read(t, path) == "up\n" },
		func() string { return b.g.read(t, "/proc/net/bonding/"+guestLAG) })
}

func (b *modeBed) setOurs(t *testing.T, i int, up bool) {
	t.Helper()
	b.wires[i].up.Store(up)
	b.wires[i].ours.setCarrier(t, up)
	if b.bond != nil && up {
		await(t, "our end is up", time.Now(), 10*time.Second,
			func() bool { return b.bond.Status().Members[i].Link.Up }, func() string { return "" })
	}
}

// plug plugs a cable in, beginning with the receiving end, so that nothing needs to be lost.
func (b *modeBed) plug(t *testing.T, i int, weReceive bool) {
	t.Helper()
	if weReceive {
		b.setOurs(t, i, true)
	}
	b.setTheirs(t, i, true)
	if !weReceive {
		b.setOurs(t, i, true)
	}
}

// pull pulls a cable: all at once nothing passes any more.
func (b *modeBed) pull(t *testing.T, i int) {
	t.Helper()
	b.setOurs(t, i, false)
	b.setTheirs(t, i, false)
}

// transfer holds the results for the frames of one direction.
type transfer struct {
	lost      []int       // numbers
	copies    map[int]int // how many came of each number
	reordered int         // within their flows
	wires     [][]uint32  // numbers that passed on each cable
}

func judgeTransfer(arrived []uint32) transfer {
	r := transfer{copies: make(map[int]int)}
	last := make(map[uint32]uint32)
	for _, n := range arrived {
		if r.copies[int(n)]++; r.copies[int(n)] > 1 {
			continue
		}
		if l, ok := last[n%modeFlows]; ok && n < l {
			r.reordered++
		} else {
			last[n%modeFlows] = n
		}
	}
	for n := range modeFrames {
		if r.copies[n] == 0 {
			r.lost = append(r.lost, n)
		}
	}
	return r
}

// duplicates returns how many frames arrived more often than wanted.
func (r *transfer) duplicates(want int) (n int) {
	for _, c := range r.copies {
		if c > want {
			n++
		}
	}
	return n
}

func (r *transfer) String() string {
	var passed []int
	for _, w := range r.wires {
		passed = append(passed, len(w))
	}
	return fmt.Sprintf("%d of %d lost, %d reordered, %d duplicated; %v passed on the cables", len(r.lost), modeFrames, r.reordered, r.duplicates(1), passed)
}

// out sends a stream to the guest.
func (b *modeBed) out(t *testing.T, at func(i int)) transfer {
	t.Helper()
	b.passed()
	if _, err := b.g.do(map[string]any{"op": "record", "interface": guestLAG}, guestTimeout); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for n := range modeFrames {
		at(n)
		<-tick.C
		if err := b.bond.Send(modeFrame(n, b.theirs, false)); err != nil && !errors.Is(err, unix.ENETDOWN) && !errors.Is(err, unix.ENOBUFS) {
			t.Errorf("frame %d: %v", n, err)
		}
	}
	a, err := b.g.do(map[string]any{"op": "recorded", "interface": guestLAG, "interval": 500_000}, guestTimeout)
	if err != nil {
		t.Fatal(err)
	}
	var arrived []uint32
	if err := json.Unmarshal(a.Value, &arrived); err != nil {
		t.Fatal(err)
	}
	r := judgeTransfer(arrived)
	r.wires, _ = b.passed()
	return r
}

// passed returns the numbers that have passed on the cables since the last call.
func (b *modeBed) passed() (out, in [][]uint32) {
	for _, w := range b.wires {
		o, i := w.take()
		out, in = append(out, o), append(in, i)
	}
	return out, in
}

func (b *modeBed) arrivals() []uint32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.arrived)
}

// in makes the guest send a stream, and calls each function in at when that many frames have
// arrived.
func (b *modeBed) in(t *testing.T, at map[int]func()) transfer {
	t.Helper()
	b.passed()
	b.mu.Lock()
	b.arrived = nil
	b.mu.Unlock()
	sent, err := b.g.ask(map[string]any{"op": "inject", "interface": guestLAG, "file": "/frames", "batch": 2})
	if err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	var end <-chan time.Time
	newest := 0
	for {
		select {
		case a, ok := <-sent:
			if !ok || a.Error != "" {
				t.Fatalf("guest: inject: %s", a.Error)
			}
			sent, end = nil, time.After(500*time.Millisecond)
		case <-tick.C:
			if all := b.arrivals(); len(all) > 0 {
				newest = max(newest, int(slices.Max(all)))
			}
			for n, f := range at {
				if n <= newest {
					delete(at, n)
					f()
				}
			}
		case <-end:
			r := judgeTransfer(b.arrivals())
			_, r.wires = b.passed()
			if len(at) > 0 {
				t.Errorf("the stream ended before %d actions were done", len(at))
			}
			return r
		}
	}
}
