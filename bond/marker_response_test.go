package bond_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// slowDevice takes some time for each frame to the host.
type slowDevice struct {
	took   time.Duration
	closed chan struct{}

	mu    sync.Mutex
	count int
}

func (d *slowDevice) Write(frames []bond.Frame) (int, error) {
	for range frames {
		time.Sleep(d.took)
		d.mu.Lock()
		d.count++
		d.mu.Unlock()
	}
	return len(frames), nil
}

func (d *slowDevice) delivered() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

func (d *slowDevice) Read([][]byte, []bond.Frame) (int, error) {
	<-d.closed
	return 0, net.ErrClosed
}

func (d *slowDevice) Close() error {
	close(d.closed)
	return nil
}

func (d *slowDevice) Name() string                           { return "slow0" }
func (d *slowDevice) HardwareAddr() net.HardwareAddr         { return net.HardwareAddr{2, 0, 0, 0, 0, 0x51} }
func (d *slowDevice) SetCarrier(bool) error                  { return nil }
func (d *slowDevice) SetMTU(int) error                       { return nil }
func (d *slowDevice) SetHardwareAddr(net.HardwareAddr) error { return nil }
func (d *slowDevice) SetAddresses([]netip.Prefix) error      { return nil }

// markerOf returns a Marker with a transaction number.
func markerOf(from net.HardwareAddr, id uint32) []byte {
	a := marker.Action{Kind: marker.ActionTransmit, Port: 1, Source: lacp.MAC(from), Destination: lacp.SlowProtocolsMulticast,
		PDU: marker.PDU{RequesterPort: 1, RequesterSystem: lacp.MAC(from), TransactionID: id}}
	return a.AppendFrame(nil)
}

// responseOf returns the transaction number of a Marker Response.
func responseOf(frame []byte) (id uint32, ok bool) {
	var p marker.PDU
	f := lacp.ParseSlow(frame)
	if f.Kind != lacp.SlowMarkerResponse || p.UnmarshalBinary(f.PDU) != nil {
		return 0, false
	}
	return p.TransactionID, true
}

// answered is a Marker Response: when it arrived, and how many data frames had been delivered
// by then.
type answered struct {
	id        uint32
	after     time.Duration
	delivered int
}

// ask sends data frames and then a Marker, several times, to a bond whose device takes some
// time for each frame. It returns the answers that arrive within a second.
func ask(t *testing.T, took time.Duration, data, times int) (all []answered) {
	t.Helper()
	cable := linktest.NewCable("m0", "far0")
	dev := &slowDevice{took: took, closed: make(chan struct{})}
	b, err := bond.New(bond.Config{Mode: bond.ModeLoadBalance, Device: dev}, cable.A)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	start := time.Now()
	for i := range times {
		for n := range data {
			f := udp(0)
			binary.BigEndian.PutUint32(f[42:], uint32(n))
			if _, err := cable.B.Write([]bond.Frame{{Data: f}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := cable.B.WriteControl(markerOf(cable.B.HardwareAddr(), uint32(i))); err != nil {
			t.Fatal(err)
		}
	}
	stop := time.AfterFunc(time.Second, func() { cable.B.Close() })
	defer stop.Stop()
	buf := make([]byte, 2000)
	for {
		n, err := cable.B.ReadControl(buf)
		if err != nil {
			break
		}
		if id, ok := responseOf(buf[:n]); ok {
			all = append(all, answered{id, time.Since(start), dev.delivered()})
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	return all
}

func TestMarkerConformance(t *testing.T) {
	t.Run("MRK-07 a Marker after 50 data frames is answered once those are delivered", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			got := ask(t, 100*time.Microsecond, 50, 1)
			if len(got) != 1 || got[0].delivered != 50 || got[0].after < 5*time.Millisecond || got[0].after > 5200*time.Microsecond {
				t.Errorf("answers %+v, want one 5 ms later, within 0.2 ms, after 50 frames", got)
			}
		})
	})
}

func TestMarkerWithNothingBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if got := ask(t, time.Millisecond, 0, 1); len(got) != 1 || got[0].after != 0 {
			t.Errorf("answers %+v, want one at once", got)
		}
	})
}

// Each of several Markers follows its own data.
func TestMarkersBehindTheirData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := ask(t, 10*time.Microsecond, 100, 5)
		if len(got) != 5 {
			t.Fatalf("answers %+v, want five", got)
		}
		for i, a := range got {
			if want := 100 * (i + 1); int(a.id) != i || a.delivered < want {
				t.Errorf("answer %d after %v: Marker %d, %d frames delivered, want at least %d", i, a.after, a.id, a.delivered, want)
			}
		}
	})
}

// A partner that waits for an answer holds up its flows, so the bond does not delay the answer
// for ever.
func TestMarkerIsAnsweredInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := ask(t, time.Second, 10, 1)
		if len(got) != 1 || got[0].after != 500*time.Millisecond || got[0].delivered != 0 {
			t.Errorf("answers %+v, want one after 500 ms", got)
		}
	})
}
