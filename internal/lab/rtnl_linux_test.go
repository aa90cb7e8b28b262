package lab

import (
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane/ebpf"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/lacp"
)

// TestNoLACPDUIsLateWhileRTNLIsHeld changes the MTU of a bond, adds and removes a member and asks
// for the status while another program holds the kernel's lock for network interfaces.
func TestNoLACPDUIsLateWhileRTNLIsHeld(t *testing.T) {
	needLab(t)
	needLong(t)
	t.Run("user", func(t *testing.T) { testNoLACPDUIsLateWhileRTNLIsHeld(t, func(*bond.OpenConfig) error { return nil }) })
	t.Run("ebpf", func(t *testing.T) { testNoLACPDUIsLateWhileRTNLIsHeld(t, onEBPF) })
}

// onEBPF makes programs in the kernel carry a bond's frames.
func onEBPF(cfg *bond.OpenConfig) (err error) {
	cfg.Plane = ebpf.New(ebpf.Config{})
	cfg.Opener, err = ebpf.NewOpener()
	return err
}

func testNoLACPDUIsLateWhileRTNLIsHeld(t *testing.T, onPlane func(*bond.OpenConfig) error) {
	const held = 5 * time.Second
	near, far := netlab.New(t), netlab.New(t)
	for i, name := range []string{"p0", "p1", "p2", "p3"} {
		netlab.Pair(t, near, name, far, []string{"o0", "o1", "o2", "o3"}[i])
		near.Up(t, name)
		far.Up(t, []string{"o0", "o1", "o2", "o3"}[i])
	}
	b := openFast(t, near, onPlane, "p0", "p1", "p3")
	partner := openFast(t, far, func(*bond.OpenConfig) error { return nil }, "o0", "o1", "o2", "o3")
	carrying := func(n int) func() bool {
		return func() bool {
			count := 0
			for _, m := range b.Status().Members {
				if m.Carries {
					count++
				}
			}
			return count == n
		}
	}
	await(t, "all members carry data", time.Now(), 10*time.Second, carrying(3), func() string { return b.Status().Members[0].Reason.String() })
	<-time.After(3 * time.Second) // the LACPDUs have found their rhythm
	before := partner.Status()

	seen := []*netlab.Arrivals{watchLACPDUs(t, far, "o0"), watchLACPDUs(t, far, "o1")}
	ended := netlab.HoldRTNL(t, held)
	from := time.Now()
	var deeds sync.WaitGroup
	deeds.Go(func() {
		if err := b.Set(func(c *bond.Config) { c.MTU = 1492 }); err != nil {
			t.Errorf("Set of the MTU failed: %v, want success", err)
		}
	})
	deeds.Go(func() {
		if err := near.Do(func() error { return b.AddInterface("p2") }); err != nil {
			t.Errorf("AddInterface failed: %v, want success", err)
		}
	})
	deeds.Go(func() {
		if err := b.RemoveMember("p3"); err != nil {
			t.Errorf("RemoveMember failed: %v, want success", err)
		}
	})
	var slowest time.Duration
	for holds := true; holds; {
		asked := time.Now()
		b.Status()
		slowest = max(slowest, time.Since(asked))
		select {
		case <-ended:
			holds = false
		case <-time.After(10 * time.Millisecond):
		}
	}
	to := time.Now()
	deeds.Wait()

	// Timers may be served a quarter of a second late (6.4.4).
	limit := time.Second + 250*time.Millisecond + machine.Slack(from)
	for i, s := range seen {
		if got := s.Longest(from, to); got > limit {
			t.Errorf("member %d: no LACPDU for %v, want one within %v", i, got, limit)
		}
	}
	if limit := 100*time.Millisecond + machine.Slack(from); slowest > limit {
		t.Errorf("an answer to Status took %v, want at most %v", slowest, limit)
	}
	for i, m := range partner.Status().Members[:2] {
		if since := before.Members[i].Reason.Since; !m.Carries || !m.Reason.Since.Equal(since) {
			t.Errorf("partner's member %s: %v since %v, want Distributing since %v", m.Name, m.Reason, m.Reason.Since, since)
		}
	}
	await(t, "the new member carries data too", time.Now(), 10*time.Second, carrying(3), func() string { return b.Status().Members[0].Reason.String() })
	if got := near.Interface(t, "p0").MTU; got != 1492 {
		t.Errorf("the MTU of p0 is %d, want 1492", got)
	}
}

// openFast opens a bond at the fast rate.
func openFast(t *testing.T, ns *netlab.NS, onPlane func(*bond.OpenConfig) error, interfaces ...string) (b *bond.Bond) {
	t.Helper()
	ns.Must(t, func() (err error) {
		cfg := bond.OpenConfig{Config: bond.Config{Rate: bond.RateFast}, Interfaces: interfaces, StateDir: t.TempDir()}
		if err := onPlane(&cfg); err != nil {
			return err
		}
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

// watchLACPDUs records the LACPDUs that arrive at an interface.
func watchLACPDUs(t *testing.T, ns *netlab.NS, name string) *netlab.Arrivals {
	t.Helper()
	wire, arrivals := ns.Wire(t, name), new(netlab.Arrivals)
	wire.IgnoreOutgoing(t)
	go func() {
		for {
			frame, err := wire.Read()
			if err != nil {
				return
			}
			if lacp.ParseSlow(frame).Kind == lacp.SlowLACPDU {
				arrivals.Note(time.Now())
			}
		}
	}()
	return arrivals
}
