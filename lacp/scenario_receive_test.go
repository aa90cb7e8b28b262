package lacp

import (
	"testing"
	"time"
)

// Scenarios of the Receive machine with a scripted partner, group C.
func TestReceiveScenarios(t *testing.T) {
	established := func(t *testing.T, p PortConfig, ports ...PortConfig) *dut {
		d := newDUT(t, Config{}, append([]PortConfig{p}, ports...)...)
		numbers := []PortNumber{1}
		for i := range ports {
			numbers = append(numbers, PortNumber(i+2))
		}
		d.establish(numbers...)
		return d
	}
	t.Run("C01 start at FAST without a partner", func(t *testing.T) {
		for _, require := range []bool{true, false} {
			d := newDUT(t, Config{RequirePartner: require}, PortConfig{ShortTimeout: true})
			d.up(1)
			d.pass(2999 * time.Millisecond)
			if st := d.port(1); st.Receive != ReceiveExpired || !st.Actor.State.Has(0xc7) {
				t.Errorf("%v with %v before 3 s", st.Receive, st.Actor.State)
			}
			for i, want := range []time.Duration{0, time.Second, 2 * time.Second} {
				if len(d.times[1]) <= i || d.times[1][i] != want {
					t.Errorf("LACPDUs at %v, want one per second", d.times[1])
				}
			}
			d.pass(time.Millisecond)
			want := State(0x7f)
			if require {
				want = 0x47
			}
			if got := d.port(1).Actor.State; got != want {
				t.Errorf("partner required %v: state %02x at 3 s, want %02x", require, uint8(got), uint8(want))
			}
		}
	})
	t.Run("C04 silence at SLOW", func(t *testing.T) {
		d := established(t, PortConfig{})
		d.hear(1)
		for _, step := range []struct {
			after time.Duration
			want  ReceiveState
		}{{90*time.Second - 1, ReceiveCurrent}, {1, ReceiveExpired}, {3*time.Second - 1, ReceiveExpired}, {1, ReceiveDefaulted}} {
			d.pass(step.after)
			if got := d.port(1).Receive; got != step.want {
				t.Errorf("%v after %v, want %v", got, d.now.Sub(d.port(1).LastRx), step.want)
			}
		}
	})
	t.Run("C05 EXPIRED", func(t *testing.T) {
		d := established(t, PortConfig{ShortTimeout: true})
		d.hear(1)
		d.pass(3 * time.Second)
		st := d.port(1)
		if st.Actor.State != 0x8f || st.Partner.State.Has(StateSynchronization) || st.Selected != Selected || d.muxes[1].Collecting || d.muxes[1].Distributing {
			t.Errorf("actor %v, partner %v, %v, data path %+v", st.Actor.State, st.Partner.State, st.Selected, d.muxes[1])
		}
	})
	t.Run("C07 carrier lost", func(t *testing.T) {
		d := established(t, PortConfig{}, PortConfig{})
		d.down(1)
		if st := d.port(1); d.muxes[1].Distributing || st.Receive != ReceivePortDisabled || !d.usable(2) {
			t.Errorf("data path %+v in %v, the other port carries data: %v", d.muxes[1], st.Receive, d.usable(2))
		}
	})
	t.Run("C09 the partner's port moves", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.establish(1)
		d.down(1)
		d.up(2)
		d.hear(2, func(p *PDU) { p.Actor.Port.Number = 101 })
		one, two := d.port(1), d.port(2)
		if one.Partner.System == partnerSystem || one.Receive != ReceivePortDisabled || two.Partner.System != partnerSystem || two.Receive != ReceiveCurrent {
			t.Errorf("port 1: partner %+v, %v; port 2: partner %+v, %v", one.Partner, one.Receive, two.Partner, two.Receive)
		}
		// The cable goes back, with carrier.
		d.down(2)
		d.up(1)
		d.hear(1)
		if got := d.port(2).Partner.System; got == partnerSystem {
			t.Error("port 2 still holds the partner")
		}
	})
	for name, change := range map[string]func(*Info){
		"key":             func(i *Info) { i.Key++ },
		"system priority": func(i *Info) { i.System.Priority++ },
		"port priority":   func(i *Info) { i.Port.Priority++ },
		"port number":     func(i *Info) { i.Port.Number++ },
	} {
		t.Run("C10 the partner's "+name+" changes", func(t *testing.T) {
			d := established(t, PortConfig{})
			changed := func(p *PDU) { change(&p.Actor) }
			d.hear(1, changed)
			if d.usable(1) || len(d.sent[1]) != 1 || d.sent[1][0].Actor.State != 0x05 {
				t.Errorf("usable: %v, sent %+v", d.usable(1), d.sent[1])
			}
			d.pass(2 * time.Second)
			d.hear(1, changed)
			if !d.usable(1) {
				t.Errorf("port 1 is not usable again: %v", d.port(1).Reason)
			}
		})
	}
	t.Run("C12 our System, not the port's address", func(t *testing.T) {
		d := newDUT(t, Config{System: SystemID{MAC: MAC{2, 0, 0, 0, 1, 1}}}, PortConfig{}, PortConfig{})
		d.up(2)
		if echo := d.healthy(2).Partner.System.MAC; echo == d.port(2).Config.MAC {
			t.Fatal("the port has the System's address")
		}
		d.establish(2)
	})
	t.Run("C13 the first LACPDU names no partner", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.hear(1, func(p *PDU) { p.Partner, p.Actor.State = Info{}, 0x45 })
		if st := d.port(1); st.Receive != ReceiveCurrent || st.Partner.System != partnerSystem || st.Mux != MuxWaiting {
			t.Errorf("%v with partner %+v, %v", st.Receive, st.Partner, st.Mux)
		}
		d.hear(1)
		d.pass(2 * time.Second)
		d.hear(1)
		if !d.usable(1) {
			t.Errorf("port 1 is not usable: %v", d.port(1).Reason)
		}
	})
	t.Run("C14 an Individual partner", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		d.up(1, 2)
		for range 2 {
			d.hear(1, says(0x39))
			d.hear(2)
			d.pass(2 * time.Second)
		}
		st := d.port(1)
		if !st.Usable() || st.SelectedAggregator == d.port(2).SelectedAggregator || st.LAGID.Local.Port.Number != 1 {
			t.Errorf("%v, aggregators %v, LAG %v", st.Reason, aggregators(d, 1, 2), st.LAGID)
		}
	})
	t.Run("C16 another System on one member for 3 s", func(t *testing.T) {
		d := established(t, PortConfig{ShortTimeout: true}, PortConfig{ShortTimeout: true})
		for i := range 10 {
			other := i >= 3 && i < 6
			d.hear(1)
			if other {
				d.hear(2, from(0x0c, 2))
			} else {
				d.hear(2)
			}
			if !d.usable(1) {
				t.Fatalf("%v: port 1 stopped distributing: %v", d.now.Sub(start), d.port(1).Reason)
			}
			same := d.port(2).SelectedAggregator == d.port(1).SelectedAggregator
			if same == other || other && d.muxes[2].Aggregator == d.muxes[1].Aggregator {
				t.Errorf("%v: on aggregators %v while the partner is another: %v", d.now.Sub(start), aggregators(d, 1, 2), other)
			}
			d.pass(time.Second)
		}
		if !d.usable(2) {
			t.Errorf("port 2 is not usable again: %v", d.port(2).Reason)
		}
	})
	t.Run("C21 impossible systems", func(t *testing.T) {
		for _, mac := range []MAC{{}, SlowProtocolsMulticast, {255, 255, 255, 255, 255, 255}} {
			d := established(t, PortConfig{}, PortConfig{})
			before := d.port(1).Counters
			d.hear(1, func(p *PDU) { p.Actor.System.MAC = mac })
			d.pass(10 * time.Second)
			st := d.port(1)
			if st.SelectedAggregator != 0 || st.Usable() || !d.usable(2) || st.Counters.PartnerChanges != before.PartnerChanges+1 {
				t.Errorf("%v: aggregator %d, %v, changes counted %d", mac, st.SelectedAggregator, st.Reason, st.Counters.PartnerChanges)
			}
		}
	})
}

// Scenarios of transmission, group D.
func TestTransmitScenarios(t *testing.T) {
	t.Run("D02 the partner flips to Short", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		flip := d.now.Sub(start)
		d.hear(1, says(0x3f))
		d.pass(3 * time.Second)
		want := []time.Duration{flip, flip + time.Second, flip + 2*time.Second, flip + 3*time.Second}
		if len(d.times[1]) != 4 {
			t.Fatalf("sent at %v, want %v", d.times[1], want)
		}
		for i, at := range d.times[1] {
			if at != want[i] {
				t.Errorf("sent at %v, want %v", d.times[1], want)
			}
		}
	})
	t.Run("D06 our changes are told within a second at SLOW", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		told := func(want State) {
			t.Helper()
			d.pass(time.Second)
			sent := d.sent[1]
			if len(sent) == 0 || sent[len(sent)-1].Actor.State != want {
				t.Errorf("%v: sent %v, want %02x last", d.now.Sub(start), d.states(), uint8(want))
			}
		}
		d.hear(1, says(0x05))
		told(0x05)
		d.pass(time.Second)
		told(0x0d)
		d.hear(1, says(0x0d))
		told(0x1d)
	})
	t.Run("D07 ten causes in 100 ms", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		for i := range 10 {
			d.set(func(c *PortConfig) { c.Priority = uint16(100 + i) })
			d.pass(10 * time.Millisecond)
		}
		d.pass(2 * time.Second)
		if at := d.times[1]; len(at) != 4 || at[3]-at[0] != time.Second {
			t.Errorf("sent at %v", at)
		}
		if last := d.sent[1][3].Actor; last.Port.Priority != 109 {
			t.Errorf("the last LACPDU has priority %d, want 109", last.Port.Priority)
		}
	})
	t.Run("D09 ten failures to send", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		d.set(func(c *PortConfig) { c.Priority = 1 })
		for range 10 {
			d.TransmitFailed(d.now, 1)
			d.drain()
			d.pass(time.Second)
		}
		at := d.times[1]
		for i := 1; i < len(at); i++ {
			if at[i]-at[i-1] != time.Second {
				t.Errorf("attempts at %v, want one per second", at)
			}
		}
		if st := d.port(1); len(at) != 11 || st.Counters.TxErrors != 10 || st.Reason.Code != ReasonDistributing {
			t.Errorf("%d attempts, %d errors, reason %v", len(at), st.Counters.TxErrors, st.Reason)
		}
		d.forget()
		d.pass(60 * time.Second)
		if got := len(d.sent[1]); got != 2 {
			t.Errorf("%d LACPDUs in the next minute, want 2", got)
		}
	})
	t.Run("D12 taken down", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true}, PortConfig{}, PortConfig{})
		d.establish(1, 2)
		for n := PortNumber(1); n <= 2; n++ {
			c := d.port(n).Config
			c.Disabled = true
			if err := d.SetPort(d.now, c); err != nil {
				t.Fatal(err)
			}
		}
		d.drain()
		d.forget()
		for range 60 {
			d.hear(1)
			d.hear(2)
			d.pass(time.Second)
		}
		for n := PortNumber(1); n <= 2; n++ {
			if st := d.port(n); len(d.sent[n]) != 0 || st.Receive != ReceiveLACPDisabled || st.Usable() {
				t.Errorf("port %d: %d sent, %v, %v", n, len(d.sent[n]), st.Receive, st.Mux)
			}
		}
	})
	t.Run("D13 a thousand periods, served up to 200 ms late", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
		d.establish(1)
		d.hear(1, says(0x3f))
		d.forget()
		for i := range 1000 {
			due := d.Deadline()
			late := time.Duration(i*7919%200) * time.Millisecond
			d.now = due.Add(late)
			d.hear(1, says(0x3f))
			d.Advance(d.now)
			d.drain()
		}
		at := d.times[1]
		for i := 1; i < len(at); i++ {
			if gap := at[i] - at[i-1]; gap > 1300*time.Millisecond {
				t.Errorf("a gap of %v between LACPDUs", gap)
			}
		}
		mean := (at[len(at)-1] - at[0]) / time.Duration(len(at)-1)
		if mean < 950*time.Millisecond || mean > 1050*time.Millisecond {
			t.Errorf("%d LACPDUs, one each %v, want each second", len(at), mean)
		}
	})
	t.Run("D15 DEFAULTED, and then a partner with the Long Timeout", func(t *testing.T) {
		d := newDUT(t, Config{RequirePartner: true}, PortConfig{})
		d.up(1)
		d.pass(10 * time.Second)
		d.forget()
		d.hear(1, func(p *PDU) { p.Partner, p.Actor.State = Info{}, 0x45 })
		if len(d.sent[1]) != 1 || d.usable(1) {
			t.Errorf("%d LACPDUs sent at once, usable: %v", len(d.sent[1]), d.usable(1))
		}
		d.pass(10 * time.Second)
		if d.usable(1) {
			t.Error("the port carries data although the partner is not in sync")
		}
	})
	t.Run("D17 Active to Passive and back", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		for _, passive := range []bool{true, false} {
			d.set(func(c *PortConfig) { c.Passive = passive })
			got := d.states()
			if len(got) != 1 || got[0].Has(StateActivity) == passive {
				t.Errorf("Passive %v: sent %v", passive, got)
			}
			d.hear(1)
			d.pass(2 * time.Second)
			d.forget()
		}
	})
	t.Run("D18 added first, up later", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		addPort(t, d.System, d.now, portDefaults(1, PortConfig{}))
		d.drain()
		d.pass(time.Hour)
		if len(d.sent[2]) != 0 || d.port(2).Periodic != PeriodicNone {
			t.Errorf("%d sent while down, %v", len(d.sent[2]), d.port(2).Periodic)
		}
		d.up(2)
		d.hear(2)
		d.pass(30 * time.Second)
		if len(d.sent[2]) < 3 || d.port(2).Periodic != SlowPeriodic {
			t.Errorf("%d sent while up, %v", len(d.sent[2]), d.port(2).Periodic)
		}
	})
}
