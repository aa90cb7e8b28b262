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
