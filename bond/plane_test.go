package bond_test

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// portOnly hides the data methods of a link.
type portOnly struct{ link.Port }

// A plane that the importer supplied gets every plan, and the bond needs no data path of its
// own.
func TestExternalPlane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := linktest.NewCable("a", "b")
		outer := &recorder{Plane: new(plane.None)}
		a, err := bond.New(bond.Config{Rate: bond.RateFast, Plane: outer}, portOnly{c.A})
		if err != nil {
			t.Fatal(err)
		}
		b, err := bond.New(bond.Config{Rate: bond.RateFast}, c.B)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		p := &pair{a: a, b: b}
		p.waitReady(t, 5*time.Second)
		synctest.Wait()
		last := outer.last()
		if m := last.Members[0]; !m.Collecting || !m.Distributing || m.Port.Name() != "a" {
			t.Errorf("the last plan's member: %+v, want a, which collects and distributes", m)
		}
		if err := a.Send(make([]byte, 60)); !errors.Is(err, bond.ErrNoDataPath) {
			t.Errorf("Send() = %v, want ErrNoDataPath", err)
		}
		if _, err := a.Receive(make([]byte, 60)); !errors.Is(err, bond.ErrNoDataPath) {
			t.Errorf("Receive() = %v, want ErrNoDataPath", err)
		}
		if _, err := a.PacketConn(0x88b5); !errors.Is(err, bond.ErrNoDataPath) {
			t.Errorf("PacketConn() = %v, want ErrNoDataPath", err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if err := a.Send(make([]byte, 60)); errors.Is(err, bond.ErrNoDataPath) {
			t.Errorf("Send() after Close = %v, want net.ErrClosed", err)
		}
	})
}

// A port that carries no data is refused if the plane needs one that does.
func TestPortWithoutDataIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := linktest.NewCable("a", "b")
		defer c.B.Close()
		_, err := bond.New(bond.Config{}, portOnly{c.A})
		var refused *bond.ConfigError
		if !errors.As(err, &refused) || refused.Value != "a" {
			t.Errorf("New() = %v, want a ConfigError about a", err)
		}
		f := newFar(t, 1, bond.Config{Mode: bond.ModeLoadBalance})
		d := linktest.NewCable("x", "y")
		defer d.B.Close()
		if err := f.AddMember(portOnly{d.A}); !errors.As(err, &refused) || refused.Value != "x" {
			t.Errorf("AddMember() = %v, want a ConfigError about x", err)
		}
		if got := carrying(f.Bond); len(got) != 1 {
			t.Errorf("members in use: %v, want the first member only", got)
		}
	})
}

// face is a device without data, which a plane in the kernel needs no more of.
type face struct{ link.Face }

func (face) Name() string                                { return "bond0" }
func (face) HardwareAddr() net.HardwareAddr              { return net.HardwareAddr{2, 0, 0, 0, 0, 1} }
func (face) SetCarrier(bool) error                       { return nil }
func (face) SetMTU(int) error                            { return nil }
func (face) SetHardwareAddr(addr net.HardwareAddr) error { return nil }
func (face) SetAddresses([]netip.Prefix) error           { return nil }
func (face) Close() error                                { return nil }

func TestDeviceWithoutDataNeedsAPlaneThatCarriesFramesElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := linktest.NewCable("a", "b")
		var refused *bond.ConfigError
		_, err := bond.New(bond.Config{Mode: bond.ModeFailover, Device: face{}}, c.A)
		if !errors.As(err, &refused) || refused.Field != "Device" {
			t.Errorf("New() = %v, want a ConfigError about Device", err)
		}
		d := linktest.NewCable("a", "b")
		b, err := bond.New(bond.Config{Mode: bond.ModeFailover, Device: face{}, Plane: new(plane.None)}, d.A)
		if err != nil {
			t.Fatalf("New() with a plane that needs no data = %v, want nil", err)
		}
		defer b.Close()
		synctest.Wait()
		if st := b.Status(); !st.Up || st.Device.State != bond.DeviceUp {
			t.Errorf("up: %v, device %v, want both up", st.Up, st.Device.State)
		}
	})
}

// recorder keeps the plans, and may refuse plans that use a member.
type recorder struct {
	plane.Plane
	mu      sync.Mutex
	plan    *plane.Plan
	refuse  error
	refused []time.Time
}

func (r *recorder) Apply(p *plane.Plan) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil && len(p.Order()) > 0 {
		r.refused = append(r.refused, time.Now())
		return r.refuse
	}
	r.plan = p
	return r.Plane.Apply(p)
}

func (r *recorder) last() *plane.Plan {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.plan
}

func (r *recorder) setRefuse(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = err
}

// A plan that the plane refuses shows as an event and as a hold of the members. It closes the
// bond's path towards its partner, and the bond tries again with growing pauses.
func TestRefusedPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := linktest.NewCable("a", "b")
		outer := &recorder{Plane: new(plane.None), refuse: errors.New("no room in the table")}
		a, err := bond.New(bond.Config{Rate: bond.RateFast, Plane: outer, AggregateWait: -1}, c.A)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		events := a.Watch(t.Context())
		b, err := bond.New(bond.Config{Rate: bond.RateFast, AggregateWait: -1}, c.B)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		outer.mu.Lock()
		tries := len(outer.refused)
		outer.mu.Unlock()
		if tries < 3 || tries > 20 {
			t.Errorf("%d plans refused in 30 s, want 3 to 20", tries)
		}
		if st := a.Status(); st.Up || st.Members[0].Carries {
			t.Errorf("status: up %v, carries %v, want neither", st.Up, st.Members[0].Carries)
		}
		if m := b.Status().Members[0]; m.LACP.Partner.State.Has(lacp.StateCollecting) && m.Carries {
			t.Errorf("partner state %v, want a partner that does not send data", m.LACP.Partner.State)
		}
		refusals := 0
		for len(events) > 0 {
			if e := <-events; e.Kind == bond.EventPlane && !e.Up {
				refusals++
				if e.Err == nil || e.Err.Error() != "no room in the table" {
					t.Errorf("event's error %v, want the plane's", e.Err)
				}
			}
		}
		if refusals != 1 {
			t.Errorf("%d events of the refusal, want 1", refusals)
		}
		outer.setRefuse(nil)
		p := &pair{a: a, b: b}
		p.waitReady(t, 30*time.Second)
		synctest.Wait()
		taken := false
		for len(events) > 0 {
			e := <-events
			taken = taken || e.Kind == bond.EventPlane && e.Up
		}
		if !taken {
			t.Error("no event, want EventPlane when the plane accepts plans again")
		}
		if hold := a.Status().Members[0].Hold; hold != bond.HoldNone {
			t.Errorf("hold %v, want none", hold)
		}
	})
}
