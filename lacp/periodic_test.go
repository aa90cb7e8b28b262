package lacp

import (
	"fmt"
	"testing"
	"time"
)

// Every state of the Periodic Transmission machine with every combination of the values
// its guards read: PER-01 to PER-12. The first row that applies counts. If no row
// applies, there is no transition.
func TestPeriodicTransitions(t *testing.T) {
	const now = instant(1000)
	const (
		short = "Partner_Oper_Port_State.LACP_Timeout = Short Timeout"
		long  = "Partner_Oper_Port_State.LACP_Timeout = Long Timeout"
	)
	type inputs struct{ enabled, lacp, weActive, partnerActive, short, expired bool }
	rows := []struct {
		from PeriodicState
		when func(inputs) bool
		to   PeriodicState
		why  string
	}{
		{FastPeriodic, func(i inputs) bool { return !i.enabled }, PeriodicNone, "port_enabled = FALSE"},
		{SlowPeriodic, func(i inputs) bool { return !i.enabled }, PeriodicNone, "port_enabled = FALSE"},
		{PeriodicTx, func(i inputs) bool { return !i.enabled }, PeriodicNone, "port_enabled = FALSE"},
		{FastPeriodic, func(i inputs) bool { return !i.lacp }, PeriodicNone, "LACP_Enabled = FALSE"},
		{SlowPeriodic, func(i inputs) bool { return !i.lacp }, PeriodicNone, "LACP_Enabled = FALSE"},
		{PeriodicTx, func(i inputs) bool { return !i.lacp }, PeriodicNone, "LACP_Enabled = FALSE"},
		{FastPeriodic, func(i inputs) bool { return !i.weActive && !i.partnerActive }, PeriodicNone, "both ends are Passive"},
		{SlowPeriodic, func(i inputs) bool { return !i.weActive && !i.partnerActive }, PeriodicNone, "both ends are Passive"},
		{PeriodicTx, func(i inputs) bool { return !i.weActive && !i.partnerActive }, PeriodicNone, "both ends are Passive"},
		{PeriodicNone, func(i inputs) bool { return i.enabled && i.lacp && (i.weActive || i.partnerActive) }, FastPeriodic, "UCT"},
		{FastPeriodic, func(i inputs) bool { return i.expired }, PeriodicTx, "periodic_timer expired"},
		{FastPeriodic, func(i inputs) bool { return !i.short }, SlowPeriodic, long},
		{SlowPeriodic, func(i inputs) bool { return i.expired }, PeriodicTx, "periodic_timer expired"},
		{SlowPeriodic, func(i inputs) bool { return i.short }, PeriodicTx, short},
		{PeriodicTx, func(i inputs) bool { return i.short }, FastPeriodic, short},
		{PeriodicTx, func(i inputs) bool { return !i.short }, SlowPeriodic, long},
	}
	used := make([]bool, len(rows))
	for bits := range 64 {
		bit := func(n int) bool { return bits>>n&1 != 0 }
		in := inputs{bit(0), bit(1), bit(2), bit(3), bit(4), bit(5)}
		for _, from := range []PeriodicState{PeriodicNone, FastPeriodic, SlowPeriodic, PeriodicTx} {
			_, p := testPort(t)
			p.periodic, p.portEnabled, p.lacpEnabled = from, in.enabled, in.lacp
			p.actor.State = State(0).with(StateActivity, in.weActive)
			p.partner.State = State(0).with(StateActivity, in.partnerActive).with(StateTimeout, in.short)
			p.periodicTimer = timer(now + 1)
			if in.expired {
				p.periodicTimer = timer(now)
			}
			wantTo, wantWhy := from, ""
			for n, row := range rows {
				if row.from == from && row.when(in) {
					wantTo, wantWhy = row.to, row.why
					used[n] = true
					break
				}
			}
			if to, why := p.nextPeriodic(now); to != wantTo || why.String() != wantWhy {
				t.Errorf("%v with %+v goes to %v by %q, want %v by %q", from, in, to, why, wantTo, wantWhy)
			}
		}
	}
	for n, row := range rows {
		if !used[n] {
			t.Errorf("row %d, %v to %v, was never taken", n, row.from, row.to)
		}
	}
}

// The timer of each state, and the NTT of PERIODIC_TX and of the first LACPDU.
func TestPeriodicEntryActions(t *testing.T) {
	s, p := testPort(t)
	p.portEnabled, p.lacpEnabled = true, true
	step := func(want PeriodicState, wantTimer timer, wantNTT bool) {
		t.Helper()
		p.ntt = false
		if !s.stepPeriodic(p) || p.periodic != want || p.periodicTimer != wantTimer || p.ntt != wantNTT {
			t.Errorf("state %v, timer %v, NTT %v; want %v, %v, %v", p.periodic, p.periodicTimer, p.ntt, want, wantTimer, wantNTT)
		}
	}
	const second = instant(time.Second)
	p.partner.State = StateTimeout
	step(FastPeriodic, timer(second), true)
	s.now = second
	step(PeriodicTx, timer(second), true)
	step(FastPeriodic, timer(2*second), false)
	p.partner.State = 0
	step(SlowPeriodic, timer(31*second), false)
	p.partner.State = StateTimeout
	step(PeriodicTx, timer(31*second), true)
	p.partner.State = 0
	step(SlowPeriodic, timer(31*second), false)
	p.portEnabled = false
	step(PeriodicNone, timer(never), false)
}

// A timer that is handled late does not delay later LACPDUs, unless it is so late that
// time must have stood still.
func TestPeriodicDoesNotDrift(t *testing.T) {
	for _, test := range []struct{ late, next time.Duration }{
		{0, 2 * time.Second},
		{200 * time.Millisecond, 2 * time.Second},
		{250 * time.Millisecond, 2 * time.Second},
		{251 * time.Millisecond, 2251 * time.Millisecond},
		{time.Hour, time.Hour + 2*time.Second},
	} {
		t.Run(fmt.Sprint("D13 late by ", test.late), func(t *testing.T) {
			s, p := testPort(t)
			p.periodic, p.periodicTimer = PeriodicTx, timer(time.Second)
			p.portEnabled, p.lacpEnabled, p.partner.State = true, true, StateTimeout
			s.now = instant(time.Second + test.late)
			s.stepPeriodic(p)
			if p.periodicTimer != timer(test.next) {
				t.Errorf("next after %v, want %v", time.Duration(p.periodicTimer), test.next)
			}
		})
	}
}

func TestPeriodicConformance(t *testing.T) {
	count := func(d *dut, t time.Duration) int { d.forget(); d.pass(t); return len(d.sent[1]) }
	asks := func(s State) func(*PDU) {
		return func(p *PDU) { p.Actor.State = p.Actor.State&^(StateTimeout|StateActivity) | s }
	}
	// silenceOf counts LACPDUs in 60 s while the partner repeats its last one.
	during := func(d *dut, change func(*PDU)) int {
		d.forget()
		for range 60 {
			d.hear(1, change)
			d.pass(time.Second)
		}
		return len(d.sent[1])
	}
	tests := []struct {
		name string
		port PortConfig
		run  func(*dut) int
		want int
	}{
		{"PER-01 partner Long", PortConfig{}, func(d *dut) int { return during(d, asks(StateActivity)) }, 2},
		{"PER-02 partner Short", PortConfig{}, func(d *dut) int {
			d.hear(1, asks(StateActivity|StateTimeout))
			return during(d, asks(StateActivity|StateTimeout))
		}, 60},
		{"PER-05 own Short, partner Long", PortConfig{ShortTimeout: true}, func(d *dut) int { return during(d, asks(StateActivity)) }, 2},
		{"PER-10 Passive, partner Active", PortConfig{Passive: true}, func(d *dut) int { return during(d, asks(StateActivity|StateTimeout)) }, 60},
		{"PER-11 Passive, partner turns Passive", PortConfig{Passive: true}, func(d *dut) int { return during(d, asks(0)) }, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDUT(t, Config{}, test.port)
			d.establish(1)
			if got := test.run(d); got < test.want || got > test.want+1 {
				t.Errorf("%d LACPDUs in a minute, want %d", got, test.want)
			}
		})
	}
	t.Run("PER-03 Long to Short sends at once", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.hear(1, asks(StateActivity|StateTimeout))
		if got := len(d.sent[1]); got != 1 {
			t.Errorf("%d LACPDUs at once, want 1", got)
		}
		if got := count(d, 2*time.Second); got != 2 {
			t.Errorf("%d LACPDUs in 2 s, want 2", got)
		}
	})
	t.Run("PER-04 Short to Long does not", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.hear(1, asks(StateActivity|StateTimeout))
		d.pass(500 * time.Millisecond)
		d.forget()
		d.hear(1, asks(StateActivity))
		if got := count(d, 29999*time.Millisecond); got != 0 {
			t.Errorf("%d LACPDUs in the next 29.999 s, want none", got)
		}
		if got := count(d, time.Millisecond); got != 1 {
			t.Errorf("%d LACPDUs after 30 s, want 1", got)
		}
	})
	t.Run("PER-06 no partner", func(t *testing.T) {
		for _, test := range []struct {
			admin State
			want  int
		}{{0x18, 2}, {0x1a, 60}} {
			admin := DefaultPartnerAdmin(1)
			admin.State = test.admin
			d := newDUT(t, Config{}, PortConfig{PartnerAdmin: admin})
			d.up(1)
			d.pass(10 * time.Second)
			if got := count(d, time.Minute); got != test.want {
				t.Errorf("Partner_Admin state %v: %d LACPDUs in a minute, want %d", test.admin, got, test.want)
			}
		}
	})
	t.Run("PER-07 EXPIRED", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.pass(2500 * time.Millisecond)
		if got := d.times[1]; len(got) != 3 || got[1] != time.Second || got[2] != 2*time.Second {
			t.Errorf("sent at %v, want at 0s, 1s and 2s", got)
		}
	})
	t.Run("PER-08 and PER-09 Passive without a partner", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Passive: true})
		d.up(1)
		if got := count(d, time.Minute); got != 0 {
			t.Errorf("%d LACPDUs, want none", got)
		}
	})
	t.Run("PER-10 Passive replies at once", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Passive: true})
		d.up(1)
		d.pass(10 * time.Second)
		d.hear(1)
		if got := len(d.sent[1]); got != 1 {
			t.Errorf("%d LACPDUs at once, want 1", got)
		}
	})
	t.Run("PER-12 LACP disabled, or the port down", func(t *testing.T) {
		for what, stop := range map[string]func(*dut){
			"disabled": func(d *dut) { c := d.port(1).Config; c.Disabled = true; _ = d.SetPort(d.now, c); d.drain() },
			"down":     func(d *dut) { d.down(1) },
		} {
			d := newDUT(t, Config{}, PortConfig{})
			d.establish(1)
			stop(d)
			if got := count(d, time.Minute); got != 0 || d.port(1).Periodic != PeriodicNone {
				t.Errorf("%s: %d LACPDUs in %v, want none in NO_PERIODIC", what, got, d.port(1).Periodic)
			}
		}
	})
	t.Run("PER-13 and PER-14 a day at FAST does not drift", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.hear(1, asks(StateActivity|StateTimeout))
		d.pass(100 * time.Millisecond)
		d.forget()
		const seconds = 86400
		for range seconds {
			d.hear(1, asks(StateActivity|StateTimeout))
			d.pass(time.Second)
		}
		times := d.times[1]
		if len(times) != seconds || times[seconds-1]-times[0] != (seconds-1)*time.Second {
			t.Errorf("%d LACPDUs in %v", len(times), times[len(times)-1]-times[0])
		}
	})
}
