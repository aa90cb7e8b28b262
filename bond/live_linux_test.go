package bond

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/internal/netlab"
)

// nextEvent returns the next event of a kind.
func nextEvent(t *testing.T, events <-chan Event, kind EventKind) Event {
	t.Helper()
	deadline := time.After(netlab.Patience)
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("no event %v: the bond is closed", kind)
			}
			if e.Kind == kind {
				return e
			}
		case <-deadline:
			t.Fatalf("no event %v", kind)
		}
	}
}

func TestInterfaceChangedBehindOurBack(t *testing.T) {
	t.Parallel()
	near, far := twoCables(t)
	b := openBond(t, near, OpenConfig{Config: Config{Mode: ModeLoadBalance}, Interfaces: []string{"m0", "m1"}})
	awaitStatus(t, b, "up on both", func(st Status) bool { return st.Members[0].Carries && st.Members[1].Carries })
	events := b.Watch(t.Context())

	near.SetHardwareAddr(t, "m1", net.HardwareAddr{2, 0, 0, 0, 0, 0x99})
	if e := nextEvent(t, events, EventAddr); e.Member != "m1" || e.Detail != "02:00:00:00:00:99" || e.Err != nil {
		t.Errorf("event %+v, want m1, 02:00:00:00:00:99, no error", e)
	}
	if got := near.Interface(t, "m1").HardwareAddr.String(); got != b.HardwareAddr().String() {
		t.Errorf("m1 has address %s, want the bond's, %s", got, b.HardwareAddr())
	}
	near.Run(t, "ip", "link", "set", "dev", "m1", "mtu", "1400")
	if e := nextEvent(t, events, EventMTU); e.Member != "m1" || e.Detail != "1400" || e.Err != nil {
		t.Errorf("event %+v, want m1, 1400, no error", e)
	}
	if got := near.Interface(t, "m1").MTU; got != 1500 {
		t.Errorf("m1 has MTU %d, want 1500", got)
	}
	near.Down(t, "m1")
	for {
		e := nextEvent(t, events, EventLink)
		if e.Member != "m1" || e.Up {
			t.Errorf("event %+v, want m1, not up", e)
		}
		if e.Link.AdminDown { // the loss of carrier may be reported first
			break
		}
	}
	near.Run(t, "ip", "link", "set", "dev", "m1", "name", "other1")
	if e := nextEvent(t, events, EventRenamed); e.Member != "m1" || e.Detail != "other1" {
		t.Errorf("event %+v, want m1, other1", e)
	}
	near.Up(t, "other1")
	awaitStatus(t, b, "up on both again", func(st Status) bool { return st.Members[1].Carries })
	near.Move(t, "other1", far)
	if e := nextEvent(t, events, EventRemoved); e.Member != "m1" || e.Detail != "its interface is gone" {
		t.Errorf("event %+v, want m1, its interface is gone", e)
	}
	// The first one gave the bond its address; it is deleted.
	addr := b.HardwareAddr().String()
	far.Delete(t, "far0")
	if e := nextEvent(t, events, EventRemoved); e.Member != "m0" {
		t.Errorf("event %+v, want m0", e)
	}
	if e := nextEvent(t, events, EventConflict); e.Detail != addr {
		t.Errorf("event %+v, want the address of m0", e)
	}
	st := b.Status()
	if st.Up || len(st.Members) != 0 || b.HardwareAddr().String() != addr || near.Interface(t, "bond0").HardwareAddr.String() != addr {
		t.Errorf("without members: %+v, want down, with the address of m0", st)
	}
}

func TestOverrunIsTold(t *testing.T) {
	near, _ := twoCables(t)
	l := &reporting{Link: openLink(t, near, netif.Config{Name: "m0", StateDir: t.TempDir()}), changes: new(link.Reports)}
	b, err := New(Config{Mode: ModeLoadBalance}, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	st := <-link.States(l.Link)
	l.changes.Put(st)
	awaitStatus(t, b, "up", func(st Status) bool { return st.Members[0].Carries })
	events := b.Watch(t.Context())
	st.Overruns++ // as after ENOBUFS
	l.changes.Put(st)
	if e := nextEvent(t, events, EventOverrun); e.Member != "m0" {
		t.Errorf("event %+v, want one of m0", e)
	}
	if st := b.Status(); !st.Members[0].Carries {
		t.Errorf("status after an overrun %+v, want m0 to carry data", st)
	}
}

// reporting is a link whose state the test reports.
type reporting struct {
	link.Link
	changes *link.Reports
}

func (r *reporting) Watch(f func(link.State)) { r.changes.Watch(f) }

// openLink opens an interface of a namespace.
func openLink(t *testing.T, ns *netlab.NS, cfg netif.Config) (l link.Link) {
	t.Helper()
	ns.Must(t, func() (err error) {
		l, err = OpenLink(cfg)
		return err
	})
	return l
}

func TestSetOnInterfaces(t *testing.T) {
	t.Parallel()
	near, _ := twoCables(t)
	b := openBond(t, near, OpenConfig{Config: Config{Mode: ModeLoadBalance}, Interfaces: []string{"m0", "m1"}})
	other := net.HardwareAddr{2, 0, 0, 0, 0, 0x66}
	if err := b.Set(func(c *Config) { c.MTU, c.HardwareAddr = 9000, other }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"m0", "m1", "bond0"} {
		if ifi := near.Interface(t, name); ifi.MTU != 9000 || ifi.HardwareAddr.String() != other.String() {
			t.Errorf("%s has MTU %d and address %s, want 9000 and the new address", name, ifi.MTU, ifi.HardwareAddr)
		}
	}
	// If a member can't follow, nothing changes.
	near.Run(t, "ip", "link", "add", "name", "tiny0", "type", "veth", "peer", "name", "tiny1")
	near.Must(t, func() error {
		l, err := OpenLink(netif.Config{Name: "tiny0", HardwareAddr: other, MTU: 9000, StateDir: t.TempDir()})
		if err != nil {
			return err
		}
		return b.AddMember(&stubborn{l, l.(link.AddressSetter)})
	})
	if got := near.Interface(t, "tiny0"); got.MTU != 9000 || got.HardwareAddr.String() != other.String() {
		t.Errorf("tiny0 was added with MTU %d and address %s, want 9000 and the bond's", got.MTU, got.HardwareAddr)
	}
	if err := b.Set(func(c *Config) { c.MTU = 2000; c.Mode = ModeNone }); err == nil {
		t.Error("Set succeeded though a member refuses the MTU, want an error")
	}
	for _, name := range []string{"m0", "m1", "bond0", "tiny0"} {
		if ifi := near.Interface(t, name); ifi.MTU != 9000 {
			t.Errorf("%s has MTU %d after a refusal, want 9000", name, ifi.MTU)
		}
	}
	if st := b.Status(); st.Mode != ModeLoadBalance || st.MTU != 9000 {
		t.Errorf("mode %v, MTU %d after a refusal, want LOADBALANCE, 9000", st.Mode, st.MTU)
	}
}

// stubborn is a link that refuses to change its MTU.
type stubborn struct {
	link.Link
	link.AddressSetter
}

func (s *stubborn) SetMTU(int) error { return os.ErrPermission }

func (s *stubborn) MTU() (int, error) { return 9000, nil }

func TestInterfaceCyclesLeaveNothing(t *testing.T) {
	netlab.Slow(t)
	cycles := netlab.Number(t, "BOND_CYCLES", netlab.Rounds(30, 100)) // a thousand take half a minute
	near, _ := twoCables(t)
	b := openBond(t, near, OpenConfig{Config: Config{Mode: ModeLoadBalance}, Interfaces: []string{"m0"}})
	cycle := func() {
		near.Must(t, func() error { return b.AddInterface("m1") })
		if err := b.RemoveMember("m1"); err != nil {
			t.Fatal(err)
		}
	}
	b.linger = time.Millisecond
	cycle()
	before := netlab.Held(t)
	for range cycles {
		cycle()
	}
	netlab.AwaitNoMore(t, before)
}
