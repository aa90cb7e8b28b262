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
