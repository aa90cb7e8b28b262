package bond_test

import (
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// waitCarrying waits until exactly the members with these names carry data.
func waitCarrying(t *testing.T, b *bond.Bond, limit time.Duration, want ...string) {
	t.Helper()
	time.Sleep(limit)
	synctest.Wait()
	got := carrying(b)
	if len(got) != len(want) {
		t.Fatalf("members that carry data: %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("members that carry data: %v, want %v", got, want)
		}
	}
}

func set(t *testing.T, b *bond.Bond, change func(*bond.Config)) {
	t.Helper()
	if err := b.Set(change); err != nil {
		t.Fatal(err)
	}
}

// A gate of another program holds a member out, and the partner uses other members.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, bond.Config{Rate: bond.RateFast}, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		waitCarrying(t, p.a, 5*time.Second, "a0", "a1")
		if err := p.a.SetGate("a0", "bfd", lacp.GateSynchronization); err != nil {
			t.Fatal(err)
		}
		waitCarrying(t, p.a, time.Second, "a1")
		waitCarrying(t, p.b, 0, "b1")
		if r := memberOf(p.a, "a0").Reason; r.Code != lacp.ReasonGateHold || r.Have != "bfd" {
			t.Errorf("reason %v (%s), want GateHold (bfd)", r.Code, r.Have)
		}
		if err := p.a.SetGate("a0", "bfd", lacp.GateOpen); err != nil {
			t.Fatal(err)
		}
		waitCarrying(t, p.a, 5*time.Second, "a0", "a1")
	})
}

// A gate also applies if it is set before the member is added, and across the member's absence
// and a change of mode.
func TestGateStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeLoadBalance})
		c := linktest.NewCable("m9", "far9")
		defer c.B.Close()
		if err := f.SetGate("m9", "macsec", lacp.GateDistributing); err != nil {
			t.Fatal(err)
		}
		if err := f.AddMember(c.A); err != nil {
			t.Fatal(err)
		}
		waitCarrying(t, f.Bond, time.Second, "m0", "m1")
		if m := memberOf(f.Bond, "m9"); m.Hold != bond.HoldGate || m.Reason.Code != lacp.ReasonGateHold {
			t.Errorf("hold %v, reason %v; want Gate, GateHold", m.Hold, m.Reason.Code)
		}
		set(t, f.Bond, func(c *bond.Config) { c.Mode = bond.ModeBroadcast })
		waitCarrying(t, f.Bond, time.Second, "m0", "m1")
		if err := f.SetGate("m9", "macsec", lacp.GateOpen); err != nil {
			t.Fatal(err)
		}
		waitCarrying(t, f.Bond, time.Second, "m0", "m1", "m9")
	})
}

func TestGateErrors(t *testing.T) { synctest.Test(t, testGateErrors) }

func testGateErrors(t *testing.T) {
	f := newFar(t, 1, bond.Config{Mode: bond.ModeLoadBalance})
	for _, c := range []struct {
		field, member, gate string
		level               lacp.Gate
	}{
		{"member", "", "bfd", lacp.GateOpen},
		{"gate", "m0", "", lacp.GateSynchronization},
		{"gate", "m0", "the bond is out of use", lacp.GateSynchronization},
		{"gate", "m0", "no permission", lacp.GateSynchronization},
		{"level", "m0", "bfd", 9},
	} {
		var refused *bond.ConfigError
		if err := f.SetGate(c.member, c.gate, c.level); !errors.As(err, &refused) || refused.Field != c.field {
			t.Errorf("SetGate(%q, %q, %d) = %v, want a ConfigError of %s", c.member, c.gate, c.level, err, c.field)
		}
	}
	for i := range 20 {
		err := f.SetGate("m0", string(rune('a'+i)), lacp.GateDistributing)
		if want := i >= lacp.MaxGates-3; (err != nil) != want {
			t.Errorf("gate %d of a member: %v, want an error: %v", i, err, want)
		}
	}
}

// A bond with AdminDown carries nothing, and announces that to its partner.
func TestAdminDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, bond.Config{Rate: bond.RateFast, AdminDown: true}, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		waitCarrying(t, p.b, 5*time.Second)
		if h := memberOf(p.a, "a0").Hold; h != bond.HoldAdminDown {
			t.Errorf("hold %v, want AdminDown", h)
		}
		set(t, p.a, func(c *bond.Config) { c.AdminDown = false })
		waitCarrying(t, p.a, 5*time.Second, "a0", "a1")
		waitCarrying(t, p.b, 0, "b0", "b1")
		set(t, p.a, func(c *bond.Config) { c.AdminDown = true })
		waitCarrying(t, p.a, time.Second)
		waitCarrying(t, p.b, 0)
	})
}

// The bond starts to carry data with MinLinks members and continues down to MinLinksDown.
func TestMinLinksDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 4, bond.Config{Mode: bond.ModeLoadBalance, MinLinks: 3, MinLinksDown: 2}, bond.Config{Mode: bond.ModeLoadBalance})
		defer p.close(t)
		waitCarrying(t, p.a, time.Second, "a0", "a1", "a2", "a3")
		p.cables[0].SetUp(false)
		p.cables[1].SetUp(false)
		waitCarrying(t, p.a, time.Second, "a2", "a3")
		p.cables[2].SetUp(false)
		waitCarrying(t, p.a, time.Second)
		p.cables[2].SetUp(true)
		waitCarrying(t, p.a, time.Second) // two are not enough to start
		p.cables[1].SetUp(true)
		waitCarrying(t, p.a, time.Second, "a1", "a2", "a3")
		set(t, p.a, func(c *bond.Config) { c.MinLinksDown = 3 })
		p.cables[1].SetUp(false)
		waitCarrying(t, p.a, time.Second)
	})
}

// The bond carries data only with enough bandwidth.
func TestMinBandwidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, bond.Config{Rate: bond.RateFast, MinBandwidth: 15000}, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		speeds := func(mbps uint32) {
			for _, c := range p.cables {
				c.SetSpeed(mbps)
			}
			time.Sleep(10 * time.Second)
			synctest.Wait()
		}
		speeds(10000)
		waitCarrying(t, p.a, time.Second, "a0", "a1")
		p.cables[0].SetUp(false)
		waitCarrying(t, p.a, time.Second)
		if got := memberOf(p.a, "a1").Hold; got != bond.HoldMinBandwidth {
			t.Errorf("hold %v, want MinBandwidth", got)
		}
		set(t, p.a, func(c *bond.Config) { c.MinBandwidth = 10000 })
		waitCarrying(t, p.a, time.Second, "a1")
		speeds(0) // unknown
		waitCarrying(t, p.a, time.Second)
		set(t, p.a, func(c *bond.Config) { c.MinBandwidth = 0 })
		waitCarrying(t, p.a, time.Second, "a1")
	})
}

// The partner receives the configured System Identifier, port numbers, keys and rates.
func TestIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		system := net.HardwareAddr{2, 0, 0, 0, 0, 0x77}
		p := newPair(t, 2, bond.Config{Rate: bond.RateFast, SystemAddr: system, SystemPriority: 9, PortBase: 500,
			Keys: map[string]lacp.Key{"a1": 7}, Rates: map[string]bond.Rate{"a1": bond.RateSlow}}, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := carrying(p.a); len(got) != 1 { // each member has a different key
			t.Errorf("members that carry data: %v, want one", got)
		}
		for i, name := range []string{"b0", "b1"} {
			partner := memberOf(p.b, name).LACP.Partner
			if want := (lacp.SystemID{Priority: 9, MAC: lacp.MAC(system)}); partner.System != want {
				t.Errorf("%s: partner's System %v, want %v", name, partner.System, want)
			}
			if want := lacp.PortNumber(501 + i); partner.Port.Number != want {
				t.Errorf("%s: partner's port %d, want %d", name, partner.Port.Number, want)
			}
			if fast := partner.State.Has(lacp.StateTimeout); fast != (i == 0) {
				t.Errorf("%s: partner asks for FAST: %v, want %v", name, fast, i == 0)
			}
		}
		a, b := memberOf(p.b, "b0").LACP.Partner.Key, memberOf(p.b, "b1").LACP.Partner.Key
		if a == b {
			t.Errorf("both members have key %d, want two", a)
		}
		if p.a.HardwareAddr().String() == system.String() {
			t.Error("the bond's MAC address is that of the System Identifier, want it apart")
		}
		set(t, p.a, func(c *bond.Config) { c.Keys, c.Rates = nil, nil })
		waitCarrying(t, p.a, 10*time.Second, "a0", "a1")
		set(t, p.a, func(c *bond.Config) { c.SystemAddr, c.PortBase = nil, 0 })
		waitCarrying(t, p.a, 10*time.Second, "a0", "a1")
		partner := memberOf(p.b, "b0").LACP.Partner
		if partner.Port.Number != 1 || partner.System.MAC != lacp.MAC(p.a.HardwareAddr()) {
			t.Errorf("partner is port %d of %v, want port 1 of the bond's MAC address", partner.Port.Number, partner.System)
		}
	})
}

// Options of the hash change which member carries a frame.
func TestHashOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		picks := func(o hash.Options) (ids string) {
			p := newPair(t, 4, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Flow, HashOptions: o, HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 1}},
				bond.Config{Mode: bond.ModeLoadBalance})
			defer p.close(t)
			p.waitReady(t, time.Second)
			synctest.Wait()
			for i := range 16 {
				before := make([]uint64, 4)
				for j, m := range p.a.Status().Members {
					before[j] = m.Counters.TxFrames
				}
				if err := p.a.Send(udp(i)); err != nil {
					t.Fatal(err)
				}
				for j, m := range p.a.Status().Members {
					if m.Counters.TxFrames > before[j] {
						ids += string(rune('0' + j))
					}
				}
			}
			return ids
		}
		own := picks(hash.Options{})
		if again := picks(hash.Options{}); again != own {
			t.Errorf("members %s, then %s, want the same seed", own, again)
		}
		if other := picks(hash.Options{Seed: hash.SeedFrom([]byte("another"))}); other == own {
			t.Errorf("members %s with both seeds, want a difference", own)
		}
		if other := picks(hash.Options{Symmetric: true}); other == own {
			t.Errorf("members %s with and without Symmetric, want a difference", own)
		}
	})
}

func TestKnobErrors(t *testing.T) {
	for _, c := range []struct {
		field string
		cfg   bond.Config
	}{
		{"MinLinksDown", bond.Config{MinLinks: 2, MinLinksDown: 3}},
		{"MinLinksDown", bond.Config{MinLinksDown: -1}},
		{"SystemAddr", bond.Config{SystemAddr: net.HardwareAddr{1, 0, 0, 0, 0, 1}}},
		{"PortBase", bond.Config{PortBase: 65400}},
		{"Keys", bond.Config{Keys: map[string]lacp.Key{"a": 1024}}},
		{"Keys", bond.Config{Keys: map[string]lacp.Key{"stranger": 1}}},
		{"Rates", bond.Config{Rates: map[string]bond.Rate{"a": 9}}},
		{"Weights", bond.Config{Weights: map[string]uint16{"a": 10001}}},
		{"Weights", bond.Config{Weights: map[string]uint16{"a": 0}}},
		{"Weights", bond.Config{Weights: map[string]uint16{"stranger": 2}}},
		{"HashOptions.Symmetric", bond.Config{HashOptions: hash.Options{Symmetric: true}}},
	} {
		cable := linktest.NewCable("a", "b")
		_, err := bond.New(c.cfg, cable.A)
		var refused *bond.ConfigError
		if !errors.As(err, &refused) || refused.Field != c.field {
			t.Errorf("New with a wrong %s: %v, want a ConfigError of that field", c.field, err)
		}
	}
}
