package linktest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// Far is the other end of the cable of a port under test, for [TestPort] and [TestLink].
type Far interface {
	// Send puts an Ethernet frame, without FCS, on the cable.
	Send(frame []byte) error

	// Receive returns the next frame that the port has sent, of any kind; nil after
	// the limit.
	Receive(limit time.Duration) []byte

	// SetUp plugs the cable in or pulls it.
	SetUp(up bool)
}

// patience is how long a conformance test waits for what has to happen, and quiet how long
// for what must not.
const (
	patience = time.Minute
	quiet    = 100 * time.Millisecond
)

// TestPort reports as failures of t what a [link.Port] does that the bond does not expect.
// open returns a port that is up, and the other end of its cable; it cleans up by t.
func TestPort(t *testing.T, open func(t *testing.T) (link.Port, Far)) {
	for _, c := range []struct {
		name string
		test func(*testing.T, link.Port, Far)
	}{
		{"identity", testIdentity},
		{"state", testState},
		{"a late reader sees the newest state", testLateReader},
		{"LACPDUs leave unchanged", testControlOut},
		{"LACPDUs arrive", testControlIn},
		{"priority-tagged LACPDUs arrive untagged", testPriorityTag},
		{"what is no slow protocol of ours is left out", testControlOnly},
		{"own frames are not heard", testOwnControl},
		{"Close ends all calls", testClose},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, far := open(t)
			c.test(t, p, far)
		})
	}
}

// TestLink is [TestPort] for a [link.Link], with what it does to data frames.
func TestLink(t *testing.T, open func(t *testing.T) (link.Link, Far)) {
	TestPort(t, func(t *testing.T) (link.Port, Far) { return open(t) })
	for _, c := range []struct {
		name string
		test func(*testing.T, link.Link, Far)
	}{
		{"data leaves in order", testDataOut},
		{"data arrives in order, tags included", testDataIn},
		{"slow protocols are no data", testDataOnly},
		{"own data is not heard", testOwnData},
		{"Close ends Read and Write", testCloseData},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, far := open(t)
			c.test(t, l, far)
		})
	}
}

// slowFrame is a LACPDU that differs from others by its last octet.
func slowFrame(to net.HardwareAddr, mark byte) []byte {
	f := slices.Concat(to, []byte{2, 0xfa, 0, 0, 0, 1, 0x88, 0x09, 1, 1})
	f = append(f, make([]byte, lacp.FrameLen-len(f)-1)...)
	return append(f, mark)
}

// dataFrame is a frame of an EtherType for experiments, with a number in its payload.
func dataFrame(to net.HardwareAddr, n int) []byte {
	f := slices.Concat(to, []byte{2, 0xfa, 0, 0, 0, 1, 0x88, 0xb5, 'l', 'i', 'n', 'k'})
	f = binary.BigEndian.AppendUint32(f, uint32(n))
	return append(f, make([]byte, 64-len(f))...)
}

// tagged puts a VLAN tag into a frame.
func tagged(frame []byte, tci uint16) []byte {
	return slices.Concat(frame[:12], binary.BigEndian.AppendUint16([]byte{0x81, 0}, tci), frame[12:])
}

var (
	slowGroup = net.HardwareAddr{0x01, 0x80, 0xc2, 0, 0, 2}
	anyGroup  = net.HardwareAddr{0x01, 0, 0x5e, 0, 0, 1}
)

// awaitState waits for a state of the port.
func awaitState(t *testing.T, p link.Port, up bool) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	states := link.States(p)
	for {
		select {
		case st := <-states:
			if st.Up == up {
				return
			}
		case <-limit.C:
			t.Fatalf("no state with Up = %v is reported within %v", up, patience)
		}
	}
}

// controlReader reads a port's slow-protocols frames, as the bond does: one goroutine.
type controlReader struct {
	frames chan []byte
	ended  chan error
}

func readControl(p link.Port) *controlReader {
	r := &controlReader{make(chan []byte, 64), make(chan error, 1)}
	go func() {
		buf := make([]byte, 2048)
		for {
			n, err := p.ReadControl(buf)
			if err != nil {
				r.ended <- err
				return
			}
			r.frames <- bytes.Clone(buf[:n])
		}
	}()
	return r
}

func (r *controlReader) next(t *testing.T) []byte {
	t.Helper()
	select {
	case f := <-r.frames:
		return f
	case err := <-r.ended:
		t.Fatalf("ReadControl: %v", err)
	case <-time.After(patience):
		t.Fatalf("ReadControl returns nothing within %v", patience)
	}
	return nil
}

func (r *controlReader) none(t *testing.T, why string) {
	t.Helper()
	select {
	case f := <-r.frames:
		t.Errorf("ReadControl returns %x, want nothing: %s", f, why)
	case <-time.After(quiet):
	}
}

func send(t *testing.T, far Far, frame []byte) {
	t.Helper()
	if err := far.Send(frame); err != nil {
		t.Fatalf("the other end can't send: %v", err)
	}
}

// receive returns the next frame of the port that starts like want.
func receive(t *testing.T, far Far, want []byte) {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		f := far.Receive(time.Until(end))
		if f == nil {
			t.Fatalf("the other end has not got %x within %v", want, patience)
		}
		if bytes.HasPrefix(f, want) { // it may be padded
			return
		}
	}
}

func testIdentity(t *testing.T, p link.Port, _ Far) {
	if p.Name() == "" {
		t.Error("Name() is empty")
	}
	addr := p.HardwareAddr()
	if !link.IsIndividual(addr) {
		t.Fatalf("HardwareAddr() = %v, want an individual address other than zero", addr)
	}
	if got := p.HardwareAddr(); !slices.Equal(got, addr) {
		t.Errorf("HardwareAddr() = %v, then %v", addr, got)
	}
}

func testState(t *testing.T, p link.Port, far Far) {
	awaitState(t, p, true)
	far.SetUp(false)
	awaitState(t, p, false)
	far.SetUp(true)
	awaitState(t, p, true)
}

func testLateReader(t *testing.T, p link.Port, far Far) {
	for range 3 {
		far.SetUp(false)
		far.SetUp(true)
	}
	far.SetUp(false)
	awaitState(t, p, false)
	last, states := true, link.States(p)
	for quietly := false; !quietly; {
		select {
		case st := <-states:
			last = st.Up
		case <-time.After(5 * quiet):
			quietly = true
		}
	}
	if last {
		t.Error("the last state says Up, want down")
	}
}

func testControlOut(t *testing.T, p link.Port, far Far) {
	awaitState(t, p, true)
	f := slowFrame(slowGroup, 1)
	sent := bytes.Clone(f)
	if err := p.WriteControl(f); err != nil {
		t.Fatal(err)
	}
	receive(t, far, sent)
	if !bytes.Equal(f, sent) {
		t.Error("WriteControl has changed the frame")
	}
}

func testControlIn(t *testing.T, p link.Port, far Far) {
	awaitState(t, p, true)
	r := readControl(p)
	for i, last := range []byte{2, 0, 3} { // slow protocols, nearest customer bridge, nearest non-TPMR bridge
		want := slowFrame(net.HardwareAddr{0x01, 0x80, 0xc2, 0, 0, last}, byte(i))
		send(t, far, want)
		if got := r.next(t); !bytes.Equal(got, want) {
			t.Errorf("ReadControl returns %x, want %x", got, want)
		}
	}
}

func testPriorityTag(t *testing.T, p link.Port, far Far) {
	awaitState(t, p, true)
	r := readControl(p)
	want := slowFrame(slowGroup, 7)
	send(t, far, tagged(want, 7<<13))
	if got := r.next(t); !bytes.Equal(got, want) {
		t.Errorf("ReadControl returns %x, want it untagged: %x", got, want)
	}
}

func testControlOnly(t *testing.T, p link.Port, far Far) {
	awaitState(t, p, true)
	r := readControl(p)
	send(t, far, tagged(slowFrame(slowGroup, 1), 5))
	send(t, far, dataFrame(anyGroup, 1))
	r.none(t, "a frame with a VLAN id, and one of another protocol")
	send(t, far, slowFrame(slowGroup, 2))
	if got := r.next(t); got[len(got)-1] != 2 {
		t.Errorf("ReadControl returns %x, want the untagged LACPDU", got)
	}
}

func testOwnControl(t *testing.T, p link.Port, far Far) {
	awaitState(t, p, true)
	r := readControl(p)
	if err := p.WriteControl(slowFrame(slowGroup, 1)); err != nil {
		t.Fatal(err)
	}
	r.none(t, "it is the port's own")
}

// checkClosed reports what a call returned if it is not net.ErrClosed.
func checkClosed(t *testing.T, call string, err error) {
	t.Helper()
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("%s after Close: %v, want net.ErrClosed", call, err)
	}
}

func testClose(t *testing.T, p link.Port, _ Far) {
	r := readControl(p)
	r.none(t, "nothing was sent")
	if err := p.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	select {
	case err := <-r.ended:
		checkClosed(t, "the blocked ReadControl", err)
	case <-time.After(patience):
		t.Fatal("Close does not end ReadControl")
	}
	_, err := p.ReadControl(make([]byte, 2048))
	checkClosed(t, "ReadControl", err)
	checkClosed(t, "WriteControl", p.WriteControl(slowFrame(slowGroup, 1)))
	_ = p.Close() // must not panic
}

// dataReader reads a link's data frames, as the bond does.
type dataReader struct {
	frames chan []byte
	ended  chan error
}

func readData(l link.Link) *dataReader {
	r := &dataReader{make(chan []byte, 1024), make(chan error, 1)}
	go func() {
		bufs, frames := make([][]byte, 8), make([]link.Frame, 8)
		for i := range bufs {
			bufs[i] = make([]byte, link.BufferSize)
		}
		for {
			n, err := l.Read(bufs, frames)
			if err != nil {
				r.ended <- err
				return
			}
			for i := range n {
				r.frames <- bytes.Clone(frames[i].Data)
			}
		}
	}()
	return r
}

// next returns the next frame of the test's own protocol: hosts send frames too.
func (r *dataReader) next(limit time.Duration) []byte {
	end := time.After(limit)
	for {
		select {
		case f := <-r.frames:
			if bytes.Contains(f, []byte("\x88\xb5link")) || isSlow(f) {
				return f
			}
		case <-end:
			return nil
		}
	}
}

func isSlow(f []byte) bool { return lacp.ParseSlow(f).Kind != lacp.NotSlow }

const someFrames = 100

func testDataOut(t *testing.T, l link.Link, far Far) {
	awaitState(t, l, true)
	for n := 0; n < someFrames; {
		var frames []link.Frame
		for i := n; i < min(n+16, someFrames); i++ {
			frames = append(frames, link.Frame{Data: dataFrame(anyGroup, i)})
		}
		taken, err := l.Write(frames)
		if err != nil {
			t.Fatalf("Write: %v after %d frames", err, n+taken)
		}
		for i, f := range frames {
			if want := dataFrame(anyGroup, n+i); !bytes.Equal(f.Data, want) {
				t.Fatalf("Write has changed a frame: %x, want %x", f.Data, want)
			}
			receive(t, far, f.Data)
		}
		n += len(frames)
	}
}

func testDataIn(t *testing.T, l link.Link, far Far) {
	awaitState(t, l, true)
	r := readData(l)
	for n := range someFrames {
		want := dataFrame(anyGroup, n)
		if n%3 == 1 {
			want = tagged(want, 5)
		}
		send(t, far, want)
		if got := r.next(patience); !bytes.Equal(got, want) {
			t.Fatalf("frame %d: Read returns %x, want %x", n, got, want)
		}
	}
}

func testDataOnly(t *testing.T, l link.Link, far Far) {
	awaitState(t, l, true)
	r := readData(l)
	send(t, far, slowFrame(slowGroup, 1))
	send(t, far, tagged(slowFrame(slowGroup, 2), 5))
	if f := r.next(quiet); f != nil {
		t.Errorf("Read returns a slow-protocols frame: %x", f)
	}
}

func testOwnData(t *testing.T, l link.Link, _ Far) {
	awaitState(t, l, true)
	r := readData(l)
	if _, err := l.Write([]link.Frame{{Data: dataFrame(anyGroup, 1)}}); err != nil {
		t.Fatal(err)
	}
	if f := r.next(quiet); f != nil {
		t.Errorf("Read returns what Write has sent: %x", f)
	}
}

func testCloseData(t *testing.T, l link.Link, _ Far) {
	awaitState(t, l, true)
	r := readData(l)
	r.next(quiet)
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	select {
	case err := <-r.ended:
		checkClosed(t, "the blocked Read", err)
	case <-time.After(patience):
		t.Fatal("Close does not end Read")
	}
	_, err := l.Write([]link.Frame{{Data: dataFrame(anyGroup, 1)}})
	checkClosed(t, "Write", err)
	_, err = l.Read([][]byte{make([]byte, link.BufferSize)}, make([]link.Frame, 1))
	checkClosed(t, "Read", err)
}
