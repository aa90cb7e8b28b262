package lacp

import (
	"slices"
	"testing"
	"time"
)

// peer behaves like an implementation that deviates from the standard (protocol.md 13).
type peer struct {
	name   string
	period time.Duration // of its LACPDUs
	// state returns the peer's state octet from the last LACPDU it received and whether
	// that names the peer.
	state func(heard PDU, named bool) State
	late  time.Duration // the delay of its answers
	// answers reports whether the peer answers a LACPDU at once.
	answers func(heard PDU, named bool) bool
}

var peers = []peer{
	{"Linux, coupled: data at once when we are in sync", time.Second, func(h PDU, named bool) State {
		switch {
		case !named:
			return 0x07
		case !h.Actor.State.Has(StateSynchronization):
			return 0x0f
		}
		return 0x3f
	}, 100 * time.Millisecond, nil},
	{"FreeBSD strict: in sync and data on the echo alone", time.Second, func(_ PDU, named bool) State {
		if named {
			return 0x3f
		}
		return 0x07
	}, 0, nil},
	{"Open vSwitch: attached without waiting, no echo looked at", time.Second, func(PDU, bool) State { return 0x3f }, 0, nil},
	{"teamd: answers whatever differs, state copied from ours", time.Second, func(h PDU, named bool) State {
		if named && h.Actor.State.Has(StateSynchronization) {
			return 0x3f
		}
		return 0x0f
	}, 0, func(h PDU, named bool) bool { return !named || h.Partner.State != 0x3f }},
	{"VPP: coupled, a tick of 333 ms", time.Second, func(h PDU, named bool) State {
		if named && h.Actor.State.Has(StateSynchronization) {
			return 0x3f
		}
		return 0x0f
	}, 333 * time.Millisecond, nil},
	{"DPDK: 900 ms, never says Collecting alone", 900 * time.Millisecond, func(h PDU, _ bool) State {
		if h.Actor.State.Has(StateSynchronization) {
			return 0x3f
		}
		return 0x0f
	}, 500 * time.Millisecond, nil},
	{"a switch that is slow to collect", time.Second, func(h PDU, named bool) State {
		switch {
		case !named:
			return 0x07
		case !h.Actor.State.Has(StateCollecting):
			return 0x0f
		}
		return 0x1f // never sets Distributing
	}, time.Second, nil},
}

// With each peer the link comes up within 6 s and stays up, and neither end makes the
// other send more than it may.
func TestPeerConformance(t *testing.T) {
	for _, peer := range peers {
		for _, coupled := range []bool{false, true} {
			t.Run("SYS-16 "+peer.name, func(t *testing.T) { runPeer(t, peer, coupled) })
		}
	}
}

func runPeer(t *testing.T, peer peer, coupled bool) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true, CoupledControl: coupled})
	d.up(1)
	var heard PDU
	var due []time.Duration // its answers
	next, seen, cameUp := time.Duration(0), 0, time.Duration(0)
	for now := time.Duration(0); now < 60*time.Second; now += 10 * time.Millisecond {
		for ; seen < len(d.sent[1]); seen++ {
			heard = d.sent[1][seen]
			if peer.answers != nil && peer.answers(heard, heard.Partner.System == partnerSystem) {
				due = append(due, now+peer.late)
			}
		}
		if now >= next {
			next += peer.period
			due = append(due, now+peer.late)
		}
		for len(due) > 0 && due[0] <= now {
			due = due[1:]
			d.hear(1, func(p *PDU) {
				p.Actor.State = peer.state(heard, heard.Partner.System == partnerSystem)
				p.Partner = heard.Actor // the peer's view of us
			})
		}
		switch up := d.usable(1); {
		case up && cameUp == 0:
			cameUp = now
		case !up && cameUp != 0:
			t.Fatalf("%v: the port stopped distributing: %v", now, d.port(1).Reason)
		}
		d.pass(10 * time.Millisecond)
	}
	if cameUp == 0 || cameUp > 6*time.Second {
		t.Errorf("up after %v: %v", cameUp, d.port(1).Reason)
	}
	at := d.times[1]
	for i := 3; i < len(at); i++ {
		if gap := at[i] - at[i-3]; gap < time.Second {
			t.Errorf("four LACPDUs in %v at %v", gap, at[i])
		}
	}
	if last := at[len(at)-1]; last < 50*time.Second || len(at) > 90 {
		t.Errorf("%d LACPDUs in a minute, the last at %v", len(at), last)
	}
}

// The work of a System is bounded by its inputs.
func TestScaleConformance(t *testing.T) {
	t.Run("SYS-17 a thousand ports that come and go", func(t *testing.T) {
		const ports, seconds = 1000, 60
		s := newSystem(t, Config{System: ourSystem})
		now, sent, steps := start, 0, 0
		for i := range ports {
			addPort(t, s, now, portDefaults(i, PortConfig{ShortTimeout: true}))
		}
		drain := func() {
			for _, a := range s.Actions() {
				if a.Kind == ActionTransmit {
					sent++
				}
			}
		}
		pass := func(d time.Duration) {
			for end := now.Add(d); now.Before(end); {
				at := s.Deadline()
				if at.IsZero() || at.After(end) {
					now = end
					return
				}
				now = at
				s.Advance(now)
				steps++
				drain()
			}
		}
		for tick := range seconds {
			for i := range ports {
				n := PortNumber(i + 1)
				away := tick < seconds-5 && i%50 == tick%50 // each port is down for one second in fifty
				if err := s.SetLink(now, n, Link{Up: !away}); err != nil {
					t.Fatal(err)
				}
				st, _ := s.Port(n)
				pdu := PDU{Version: 1, Partner: st.Actor, Actor: Info{System: partnerSystem, Key: 2, Port: PortID{1, n}, State: 0x3f}}
				if _, err := s.Receive(now, n, pduFrame(pdu)); err != nil {
					t.Fatal(err)
				}
				drain()
			}
			pass(time.Second)
		}
		for st := range s.Ports() {
			if !st.Usable() {
				t.Fatalf("port %d: %v", st.Config.Number, st.Reason)
			}
		}
		// One LACPDU per second, and at most three more each time a port comes up.
		if limit := ports * (seconds + 2*4 + 4); sent > limit {
			t.Errorf("%d LACPDUs in a minute, want at most %d", sent, limit)
		}
		if limit := 6 * ports * seconds; steps > limit {
			t.Errorf("woken %d times in a minute, want at most %d", steps, limit)
		}
	})
	t.Run("I01 a flood of LACPDUs", func(t *testing.T) {
		frames, rate := Rounds(300_000, 1_000_000), 100_000
		if testing.Short() {
			frames = 100_000
		}
		d := newDUT(t, Config{}, PortConfig{ShortTimeout: true}, PortConfig{ShortTimeout: true})
		d.establish(1, 2)
		one := pduFrame(d.healthy(1))
		other := func(p *PDU) { p.Actor.Port.Priority ^= 1 } // each one unselects
		pdu := d.healthy(1)
		other(&pdu)
		two := pduFrame(pdu)
		var at []time.Duration
		next := d.now
		for i := range frames {
			frame := one
			if i%2 == 1 {
				frame = two
			}
			if !d.now.Before(next) {
				d.hear(2)
				next = next.Add(time.Second)
			}
			if _, err := d.Receive(d.now, 1, frame); err != nil {
				t.Fatal(err)
			}
			d.drain()
			if i%64 == 0 {
				at = append(at, d.times[1]...)
				d.forget()
				d.Advance(d.now)
				d.drain()
			}
			d.now = d.now.Add(time.Second / time.Duration(rate))
		}
		for i := 3; i < len(at); i++ {
			if gap := at[i] - at[i-3]; gap < time.Second {
				t.Fatalf("four LACPDUs in %v", gap)
			}
		}
		if st := d.port(2); !st.Usable() || st.Receive != ReceiveCurrent {
			t.Errorf("the other port is in %v: %v", st.Receive, st.Reason)
		}
		if d.usable(1) {
			t.Error("the flooded port carries data")
		}
	})
	t.Run("I03 five hundred partners in ten seconds", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		var at []time.Duration
		for i := range 500 {
			d.hear(1, func(p *PDU) { p.Actor.System.MAC = MAC{2, 9, 0, 0, byte(i >> 8), byte(i)} })
			if d.usable(1) {
				t.Fatal("the port carries data")
			}
			d.pass(20 * time.Millisecond)
		}
		at = d.times[1]
		for i := 3; i < len(at); i++ {
			if gap := at[i] - at[i-3]; gap < time.Second {
				t.Fatalf("four LACPDUs in %v", gap)
			}
		}
		if st := d.port(1); st.Counters.PartnerChanges < 500 || len(d.aggregators) != 1 || len(at) > 31 {
			t.Errorf("%d changes counted, %d aggregators, %d sent", st.Counters.PartnerChanges, len(d.aggregators), len(at))
		}
	})
	t.Run("I04 the Timeout bit flips", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		for i := range 120 {
			d.hear(1, func(p *PDU) { p.Actor.State = p.Actor.State.with(StateTimeout, i%2 == 0) })
			d.pass(500 * time.Millisecond)
		}
		at := d.times[1]
		if len(at) < 55 || len(at) > 65 || !d.usable(1) { // one for each change to Short
			t.Errorf("%d LACPDUs in a minute, carries data: %v", len(at), d.usable(1))
		}
		gaps := make([]time.Duration, 0, len(at))
		for i := 3; i < len(at); i++ {
			gaps = append(gaps, at[i]-at[i-3])
		}
		if slices.Min(gaps) < time.Second {
			t.Errorf("four LACPDUs in %v", slices.Min(gaps))
		}
		if len(d.deadlines) > 1 {
			t.Errorf("%d appointments of one port", len(d.deadlines))
		}
	})
	t.Run("I05 the Synchronization bit flips", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		before := d.port(1).Counters.PartnerSyncTransitions
		for range 60 {
			d.hear(1, says(0x35))
			if d.usable(1) {
				t.Fatal("the port carries data while the partner is not in sync")
			}
			d.pass(500 * time.Millisecond)
			d.hear(1)
			d.pass(500 * time.Millisecond)
		}
		if got := d.port(1).Counters.PartnerSyncTransitions - before; got != 60 {
			t.Errorf("%d flaps counted, want 60", got)
		}
		for i := 3; i < len(d.times[1]); i++ {
			if gap := d.times[1][i] - d.times[1][i-3]; gap < time.Second {
				t.Errorf("four LACPDUs in %v", gap)
			}
		}
	})
	t.Run("C23 two partners on one port", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		for i := range 120 {
			d.hear(1, from([]byte{0x0b, 0x0c}[i%2], 2))
			if d.usable(1) {
				t.Fatal("the port carries data")
			}
			d.pass(500 * time.Millisecond)
		}
		for i := 3; i < len(d.times[1]); i++ {
			if gap := d.times[1][i] - d.times[1][i-3]; gap < time.Second {
				t.Errorf("four LACPDUs in %v", gap)
			}
		}
	})
}
