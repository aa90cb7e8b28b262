package bond_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
)

// gateDevice accepts as many of the host's frames as the test allows, and then blocks.
type gateDevice struct {
	mu     sync.Mutex
	may    *sync.Cond // count, most or closed has changed
	count  int        // frames taken
	most   int        // frames that it may take
	closed bool
}

func newGateDevice() *gateDevice {
	d := &gateDevice{}
	d.may = sync.NewCond(&d.mu)
	return d
}

// allow sets how many frames the device may take in all.
func (d *gateDevice) allow(most int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.most = most
	d.may.Broadcast()
}

func (d *gateDevice) delivered() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

func (d *gateDevice) Write(frames []bond.Frame) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range frames {
		for d.count >= d.most && !d.closed {
			d.may.Wait()
		}
		if d.closed {
			return i, net.ErrClosed
		}
		d.count++
	}
	return len(frames), nil
}

func (d *gateDevice) Read([][]byte, []bond.Frame) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.closed {
		d.may.Wait()
	}
	return 0, net.ErrClosed
}

func (d *gateDevice) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.may.Broadcast()
	return nil
}

func (d *gateDevice) Name() string                           { return "gate0" }
func (d *gateDevice) HardwareAddr() net.HardwareAddr         { return net.HardwareAddr{2, 0, 0, 0, 0, 0x52} }
func (d *gateDevice) SetCarrier(bool) error                  { return nil }
func (d *gateDevice) SetMTU(int) error                       { return nil }
func (d *gateDevice) SetHardwareAddr(net.HardwareAddr) error { return nil }
func (d *gateDevice) SetAddresses([]netip.Prefix) error      { return nil }

// On real interfaces the kernel queues the data frames and keeps accepting more. The bond
// answers a Marker once the device has taken the frames sent before it, not earlier, and does
// not wait for those sent after it. The device takes as many frames as the test allows, so the
// speed of the machine does not decide the order.
func TestMarkerBehindQueuedFrames(t *testing.T) {
	const (
		patience = 30 * time.Second // for a busy machine
		data     = 300
		batch    = 128 // up to this many frames after the Marker may be read together with those before it
	)
	near, far := netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "near0", far, "far0")
	near.Up(t, "near0")
	far.Up(t, "far0")
	dev := newGateDevice()
	var b *bond.Bond
	near.Must(t, func() error {
		l, err := bond.OpenLink(bond.LinkConfig{Name: "near0", StateDir: t.TempDir()})
		if err != nil {
			return err
		}
		b, err = bond.New(bond.Config{Mode: bond.ModeLoadBalance, Device: dev}, l)
		return err
	})
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	b.SetAnswerLimit(4 * patience) // long enough that no answer is sent because of the limit
	wire := far.Wire(t, "far0")
	if err := b.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	from := far.Interface(t, "far0").HardwareAddr
	send := func() {
		for n := range data {
			f := udp(0)
			binary.BigEndian.PutUint32(f[42:], uint32(n))
			wire.Send(t, f)
		}
	}
	await := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(patience); !ok(); <-time.After(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("after %v: want %s", patience, what)
			}
		}
	}
	// answers returns the number of responses that arrive within a time.
	answers := func(round uint32, within time.Duration, enough int) (n int) {
		t.Helper()
		for end := time.Now().Add(within); n < enough && time.Now().Before(end); {
			wire.Until(t, time.Now().Add(5*time.Millisecond), func(f []byte) {
				if id, ok := responseOf(f); ok && id == round {
					n++
				}
			})
		}
		return n
	}
	for round := range 2 {
		before := round * 2 * data
		send()
		wire.Send(t, markerOf(from, uint32(round)))
		// The bond knows by now which frames the answer has to follow; later ones do not count.
		await("the Marker is answered", func() bool {
			return b.Status().Members[0].Counters.Marker.MarkerResponsePDUsTx == uint64(round)+1
		})
		send()
		dev.allow(before + data - 1)
		await("all frames but one are delivered", func() bool { return dev.delivered() == before+data-1 })
		if n := answers(uint32(round), 50*time.Millisecond, 1); n != 0 {
			t.Errorf("round %d: %d answers with %d of %d frames delivered, want none", round, n, data-1, data)
		}
		dev.allow(before + data + batch)
		if n := answers(uint32(round), patience, 1); n != 1 {
			t.Errorf("round %d: %d answers within %v, with %d frames delivered and no more to come, want 1", round, n, patience, dev.delivered()-before)
		}
		dev.allow(before + 2*data)
		await("all is delivered", func() bool { return dev.delivered() == before+2*data })
		if drops := b.Status().Members[0].Counters.Link.KernelDrops; drops != 0 {
			t.Errorf("round %d: the kernel has dropped %d frames, want none", round, drops)
		}
	}
}
