package lacp

import (
	"testing"
	"time"
)

// At most three LACPDUs are sent in any second, whatever their times.
func TestTransmitLimit(t *testing.T) {
	var l txLimit
	ms := func(n int) instant { return instant(time.Duration(n) * time.Millisecond) }
	for i, sent := range []struct{ opens, at int }{{0, 100}, {0, 300}, {0, 900}, {1100, 1100}, {1300, 1500}, {1900, 1900}, {2100, 4000}, {2500, 4000}, {2900, 4000}, {5000, 5000}} {
		if got := l.opens(); got != ms(sent.opens) {
			t.Errorf("before LACPDU %d the limit opens at %v, want %v", i, time.Duration(got), time.Duration(ms(sent.opens)))
		}
		l.add(ms(sent.at))
	}
}

// NTT with every combination of the values that the Transmit machine reads.
func TestTransmitPermission(t *testing.T) {
	tests := []struct {
		name          string
		set           func(*System, *port)
		sends, forget bool
	}{
		{"permitted", func(*System, *port) {}, true, true},
		{"TXM-03 NO_PERIODIC", func(_ *System, p *port) { p.periodic = PeriodicNone }, false, true},
		{"TXM-03 port down", func(_ *System, p *port) { p.portEnabled = false }, false, true},
		{"TXM-03 LACP disabled", func(_ *System, p *port) { p.lacpEnabled = false }, false, true},
		{"TXM-02 limit", func(s *System, p *port) { p.limit = txLimit{[3]instant{0, 0, 0}, 3}; s.now = 1 }, false, false},
		{"TXM-07 retry later", func(s *System, p *port) { p.retryAt = 10; s.now = 9 }, false, false},
		{"TXM-07 retry", func(s *System, p *port) { p.retryAt = 10; s.now = 10 }, true, true},
		{"no NTT", func(_ *System, p *port) { p.ntt = false }, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, p := testPort(t)
			p.ntt, p.portEnabled, p.lacpEnabled, p.periodic = true, true, true, FastPeriodic
			test.set(s, p)
			s.transmit(p)
			if sent := len(s.Actions()) == 1; sent != test.sends || p.ntt == test.forget {
				t.Errorf("sent %v, NTT then %v; want %v, %v", sent, p.ntt, test.sends, !test.forget)
			}
		})
	}
}

func TestTransmitConformance(t *testing.T) {
	priority := func(d *dut, v uint16) {
		c := d.port(1).Config
		c.Priority = v
		if err := d.SetPort(d.now, c); err != nil {
			t.Fatal(err)
		}
		d.drain()
	}
	t.Run("TXM-01 and TXM-02 twenty causes in 100 ms", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		for i := range 20 {
			priority(d, uint16(i+1))
			d.pass(5 * time.Millisecond)
		}
		if got := len(d.sent[1]); got != 3 {
			t.Errorf("%d LACPDUs at once, want 3", got)
		}
		d.pass(time.Second)
		sent := d.sent[1]
		if len(sent) != 4 || sent[3].Actor.Port.Priority != 20 {
			t.Fatalf("%d LACPDUs, the last with priority %d; want 4, 20", len(sent), sent[len(sent)-1].Actor.Port.Priority)
		}
		if gap := d.times[1][3] - d.times[1][0]; gap != time.Second {
			t.Errorf("the fourth LACPDU was sent %v after the first, want 1s", gap)
		}
	})
	t.Run("TXM-04 content is that of the moment of sending", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		for i := range 4 {
			priority(d, uint16(i+1))
		}
		d.hear(1, func(p *PDU) { p.Actor.State |= StateTimeout })
		d.pass(2 * time.Second)
		last := d.sent[1][3]
		if last.Actor != d.port(1).Actor || last.Partner.State != 0x3f {
			t.Errorf("sent %+v", last)
		}
	})
	t.Run("TXM-05 a change after idleness is told at once", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.pass(10 * time.Second)
		d.forget()
		priority(d, 1)
		if len(d.sent[1]) != 1 {
			t.Errorf("%d LACPDUs at once, want 1", len(d.sent[1]))
		}
	})
	t.Run("TXM-06 and TXM-07 a LACPDU that can't be sent", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		before := d.port(1).Counters
		priority(d, 1)
		for range 10 { // each attempt fails
			d.TransmitFailed(d.now, 1)
			d.drain()
			d.pass(time.Second)
		}
		if got := len(d.sent[1]); got != 11 {
			t.Errorf("%d attempts in 10 s, want 11", got)
		}
		after := d.port(1).Counters
		if after.LACPDUsTx-before.LACPDUsTx != 1 || after.TxErrors != 10 {
			t.Errorf("LACPDUsTx rose by %d, TxErrors is %d; want 1, 10", after.LACPDUsTx-before.LACPDUsTx, after.TxErrors)
		}
		d.forget()
		d.pass(time.Second)
		if len(d.sent[1]) != 0 {
			t.Errorf("%d LACPDUs after transmission worked again, want none until the period ends", len(d.sent[1]))
		}
	})
	t.Run("TXM-08 graceful shutdown, also past the limit", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		for i := range 4 {
			priority(d, uint16(i+1))
		}
		d.forget()
		if err := d.RemovePort(d.now, 1); err != nil {
			t.Fatal(err)
		}
		actions := d.Actions()
		if len(actions) != 2 || actions[0] != (Action{Kind: ActionMux, Port: 1}) || actions[1].PDU.Actor.State != 0x05 {
			t.Errorf("actions %+v, want data off and then a LACPDU with state 05", actions)
		}
		if _, ok := d.Port(1); ok || !d.Deadline().IsZero() {
			t.Errorf("the port is still there, or has a deadline: %v", d.Deadline())
		}
	})
	t.Run("TXM-08 a silent port says no farewell", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Passive: true})
		d.up(1)
		if err := d.RemovePort(d.now, 1); err != nil {
			t.Fatal(err)
		}
		if d.drain(); len(d.sent[1]) != 0 {
			t.Errorf("sent %+v", d.sent[1])
		}
	})
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
