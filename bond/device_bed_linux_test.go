package bond_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/internal/netlab"
)

func TestMain(m *testing.M) {
	netlab.Parallel(4)
	m.Run()
}

// deviceBed is a bond of two interfaces with the device bond0 in the namespace near, and its
// partner, another bond, in the namespace far.
type deviceBed struct {
	near, far *netlab.NS
	dir       string
	cfg       bond.OpenConfig
	bond      *bond.Bond
	partner   *bond.Bond
	events    <-chan bond.Event
}

const (
	nearAddr = "192.0.2.1/24"
	farAddr  = "192.0.2.2/24"
)

// newDeviceBed opens both ends and waits until they are up.
func newDeviceBed(t *testing.T, cfg bond.OpenConfig) *deviceBed {
	t.Helper()
	t.Parallel() // each test has its own interfaces and mostly waits
	d := &deviceBed{near: netlab.New(t), far: netlab.New(t), dir: t.TempDir(), cfg: cfg}
	for _, n := range []string{"0", "1"} {
		netlab.Pair(t, d.near, "m"+n, d.far, "far"+n)
		d.near.Up(t, "m"+n)
		d.far.Up(t, "far"+n)
	}
	d.cfg.Interfaces, d.cfg.StateDir = []string{"m0", "m1"}, d.dir
	if d.cfg.Addresses == nil {
		d.cfg.Addresses = []netip.Prefix{netip.MustParsePrefix(nearAddr)}
	}
	d.cfg.Rate = bond.RateFast
	if d.cfg.AggregateWait == 0 {
		d.cfg.AggregateWait = -1
	}
	primary := ""
	if cfg.Mode == bond.ModeFailover {
		primary, d.cfg.Primary = "far0", "m0" // there is no switch between the two
	}
	d.partner = openIn(t, d.far, bond.OpenConfig{
		Config:     bond.Config{Mode: cfg.Mode, Primary: primary, Rate: bond.RateFast, AggregateWait: -1, MTU: bond.MaxMTU, Addresses: []netip.Prefix{netip.MustParsePrefix(farAddr)}},
		Interfaces: []string{"far0", "far1"}, StateDir: t.TempDir(),
	})
	d.bond = openIn(t, d.near, d.cfg)
	d.events = d.bond.Watch(t.Context())
	d.awaitUp(t)
	return d
}

func openIn(t *testing.T, ns *netlab.NS, cfg bond.OpenConfig) (b *bond.Bond) {
	t.Helper()
	ns.Must(t, func() (err error) {
		b, err = bond.Open(cfg)
		return err
	})
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	})
	return b
}

// awaitUp waits until a connection from near to far works.
func (d *deviceBed) awaitUp(t *testing.T) {
	t.Helper()
	for _, b := range []*bond.Bond{d.bond, d.partner} {
		if err := b.WaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(netlab.Patience)
	for !d.connects() {
		if time.Now().After(deadline) {
			t.Fatalf("near can't reach far: %+v", d.bond.Status())
		}
	}
}

// connects reports whether far answers near within a second.
func (d *deviceBed) connects() bool {
	far, _, _ := strings.Cut(farAddr, "/")
	var ln net.Listener
	if err := d.far.Do(func() (err error) {
		ln, err = net.Listen("tcp", net.JoinHostPort(far, "0"))
		return err
	}); err != nil {
		return false
	}
	defer ln.Close()
	return d.near.Do(func() error {
		conn, err := net.DialTimeout("tcp", ln.Addr().String(), time.Second)
		if err == nil {
			err = conn.Close()
		}
		return err
	}) == nil
}

// awaitStatus waits until ok returns true for a bond's status.
func awaitStatus(t *testing.T, b *bond.Bond, what string, ok func(bond.Status) bool) bond.Status {
	t.Helper()
	deadline := time.After(netlab.Patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		st := b.Status()
		if ok(st) {
			return st
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("want %s, got %+v", what, st)
		}
	}
}

// deviceEvent returns the next event about the device.
func (d *deviceBed) deviceEvent(t *testing.T) bond.Event {
	t.Helper()
	deadline := time.After(netlab.Patience)
	for {
		select {
		case e := <-d.events:
			if e.Kind == bond.EventDevice {
				return e
			}
		case <-deadline:
			t.Fatal("no event about the device")
		}
	}
}

// wantEvent fails the test unless the next event about the device is this one.
func (d *deviceBed) wantEvent(t *testing.T, detail string, up bool) bond.Event {
	t.Helper()
	e := d.deviceEvent(t)
	if e.Detail != detail || e.Up != up {
		t.Errorf("device event = %q, up %v, error %v, want %q, up %v", e.Detail, e.Up, e.Err, detail, up)
	}
	return e
}

// outOfSync reports whether the partners of all members in a status are out of sync.
func outOfSync(st bond.Status) bool {
	for _, m := range st.Members {
		if m.Carries || m.LACP.Partner.State.Has(syncState) {
			return false
		}
	}
	return !st.Up
}
