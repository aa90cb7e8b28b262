package bond_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
)

// On real interfaces the kernel holds the data frames, and goes on taking more.
func TestMarkerBehindQueuedFrames(t *testing.T) {
	near, far := netlab.New(t), netlab.New(t)
	netlab.Pair(t, near, "near0", far, "far0")
	near.Up(t, "near0")
	far.Up(t, "far0")
	dev := &slowDevice{took: 10 * time.Microsecond, closed: make(chan struct{})} // or what the timers give
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
	b.SetAnswerLimit(10 * time.Second) // the machine may be busy
	wire := far.Wire(t, "far0")
	if err := b.WaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	const data = 300
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
		for end := time.Now().Add(20 * time.Second); !ok(); <-time.After(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("not so after 20 s: %s", what)
			}
		}
	}
	for round := range 2 {
		before := dev.delivered()
		send()
		wire.Send(t, markerOf(from, uint32(round)))
		// It is known by now what it has to follow: what comes later it has not to.
		await("the Marker is answered", func() bool {
			return b.Status().Members[0].Counters.Marker.MarkerResponsePDUsTx == uint64(round)+1
		})
		send()
		wire.Next(t, func(f []byte) bool {
			id, ok := responseOf(f)
			return ok && id == uint32(round)
		})
		got := dev.delivered() - before
		st := b.Status().Members[0].Counters
		t.Logf("answered behind %d frames", got)
		if got < data || got >= 2*data || st.Link.KernelDrops != 0 {
			t.Errorf("answered behind %d frames, want %d and at most a few more; the kernel has dropped %d", got, data, st.Link.KernelDrops)
		}
		await("all is delivered", func() bool { return dev.delivered()-before >= 2*data })
	}
}
