package lacp

import (
	"testing"
	"time"
)

func TestDampening(t *testing.T) {
	d := newDUT(t, Config{Dampening: Dampening{HalfLife: 10 * time.Second}}, PortConfig{}, PortConfig{})
	d.establish(1, 2)
	flap := func() {
		d.down(1)
		d.up(1)
		d.hear(1)
	}
	flap()
	if st := d.port(1); !st.Usable() || st.Penalty != 1000 || st.Counters.Flaps != 1 {
		t.Fatalf("after one flap: %v, penalty %d, %d flaps", st.Reason, st.Penalty, st.Counters.Flaps)
	}
	d.pass(10 * time.Second)
	d.hear(1)
	if got := d.port(1).Penalty; got != 500 {
		t.Errorf("after a half-life penalty %d, want 500", got)
	}
	flap() // 1500
	flap() // 2500: suppressed
	st := d.port(1)
	if !st.Suppressed || st.Selected != Standby || st.Reason.String() != "Dampened (have penalty 2500, want penalty 750)" {
		t.Fatalf("after three flaps: %v, %v; want STANDBY, penalty 2500", st.Selected, st.Reason)
	}
	suppressed := d.now
	// 2500 falls to 750 in log2(2500/750) half-lives, 17.37 s.
	d.keepUp(17*time.Second, []PortNumber{1, 2})
	if st := d.port(1); !st.Suppressed || !st.Reason.Since.Equal(suppressed) {
		t.Errorf("after 17 s port 1 is suppressed: %v, since %v; want true, since %v", st.Suppressed, st.Reason.Since, suppressed)
	}
	d.keepUp(3*time.Second, []PortNumber{1, 2})
	if !d.usable(1) || d.port(1).Suppressed {
		t.Errorf("after 20 s port 1 is not usable or still suppressed: %v", d.port(1).Reason)
	}
	if !d.usable(2) || d.port(2).Penalty != 0 {
		t.Error("the flaps affected port 2")
	}
	t.Run("a port that gives its place to another does not flap", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2, Dampening: Dampening{HalfLife: time.Minute}}, lowID)
		c := d.port(3).Config
		c.Priority = 1
		d.do(d.SetPort(d.now, c))
		d.keepUp(3*time.Second, []PortNumber{1, 2, 3, 4})
		if got := d.selections(4); got != "SsSs" {
			t.Fatalf("Selected of the ports: %s, want SsSs", got)
		}
		if st := d.port(2); st.Counters.Flaps != 0 || st.Penalty != 0 {
			t.Errorf("port 2, which is on standby now: %d flaps, penalty %d; want 0, 0", st.Counters.Flaps, st.Penalty)
		}
	})
	t.Run("the penalty has a limit", func(t *testing.T) {
		d := newDUT(t, Config{Dampening: Dampening{HalfLife: time.Minute, Suppress: 100000, Reuse: 1, Max: 100000}}, PortConfig{})
		d.establish(1)
		for range 200 {
			d.down(1)
			d.up(1)
			d.hear(1)
		}
		if got := d.port(1).Penalty; got > 100000 || got < 90000 {
			t.Errorf("penalty %d, want 90000 to 100000", got)
		}
	})
	t.Run("with a limit of links, another port takes over at once", func(t *testing.T) {
		d := four(t, Config{MaxLinks: 2, Dampening: Dampening{HalfLife: time.Minute, Suppress: 900}}, lowID)
		if got := d.selections(4); got != "SSss" {
			t.Fatalf("Selected of the ports: %s, want SSss", got)
		}
		d.hear(1, reversed, func(p *PDU) { p.Actor.State &^= StateCollecting | StateDistributing })
		if got := d.selections(4); got != "sSSs" {
			t.Errorf("after a flap: Selected of the ports: %s, want sSSs", got)
		}
	})
	t.Run("a gate and a drain are no flaps", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.do(d.SetGate(d.now, 1, "g", GateDistributing))
		d.do(d.SetGate(d.now, 1, "g", GateOpen))
		d.do(d.Drain(d.now, 1))
		if got := d.port(1).Counters.Flaps; got != 0 {
			t.Errorf("%d flaps, want 0", got)
		}
	})
}

func TestDampeningEdges(t *testing.T) {
	t.Run("off whatever its other values are", func(t *testing.T) {
		d := newDUT(t, Config{Dampening: Dampening{Reuse: 9999}}, PortConfig{})
		d.establish(1)
		for range 5 {
			d.hear(1, func(p *PDU) { p.Actor.State &^= StateSynchronization })
			d.hear(1)
		}
		if st := d.port(1); len(d.causes(1)) != 0 || st.Penalty != 0 || !st.Usable() || st.Counters.Flaps != 5 {
			t.Errorf("causes %v, reason %v, penalty %d, %d flaps", d.causes(1), st.Reason, st.Penalty, st.Counters.Flaps)
		}
	})
}
