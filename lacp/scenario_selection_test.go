package lacp

import (
	"errors"
	"testing"
	"time"
)

// Scenarios of selection with a scripted partner, group E.
func TestSelectionScenarios(t *testing.T) {
	for name, bit := range map[string]State{"E03 three rounds, SLOW": 0, "E03 three rounds, FAST": StateTimeout} {
		t.Run(name, func(t *testing.T) {
			d := newDUT(t, Config{}, PortConfig{})
			d.up(1)
			d.hear(1, func(p *PDU) { p.Partner = Info{} }, says(0x45|bit))
			d.pass(2 * time.Second)
			d.hear(1, says(0x05|bit))
			d.wants(MuxAttached, 0x0d)
			d.hear(1, says(0x0d|bit))
			d.wants(MuxCollecting, 0x1d)
			d.hear(1, says(0x3d|bit))
			d.wants(MuxDistributing, 0x3d)
			d.forget()
			d.hear(1, says(0x3d|bit))
			d.wants(MuxDistributing, 0x3d)
			if len(d.trace) != 0 {
				t.Errorf("transitions %v, want none", d.trace)
			}
		})
	}
	t.Run("E08 Individual: Aggregation never set", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Individual: true})
		d.up(1)
		for range 5 {
			d.hear(1)
			d.pass(10 * time.Second)
		}
		for _, s := range d.states() {
			if s.Has(StateAggregation) {
				t.Errorf("sent %v", s)
			}
		}
		if !d.usable(1) {
			t.Errorf("port 1 is not usable: %v", d.port(1).Reason)
		}
	})
	t.Run("E09 a single member", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.pass(40 * time.Second)
		for _, s := range d.states() {
			if !s.Has(StateAggregation) {
				t.Errorf("sent %v", s)
			}
		}
	})
	t.Run("E11 the partner is out of sync", func(t *testing.T) {
		d := attached(t, PortConfig{})
		d.hear(1, says(0x35))
		d.wants(MuxAttached, 0x0d)
		if d.muxes[1].Collecting || d.muxes[1].Distributing {
			t.Errorf("data path %+v", d.muxes[1])
		}
		d.hear(1)
		d.wants(MuxDistributing, 0x3d)
	})
	t.Run("E23 the member dies whose address is the System's", func(t *testing.T) {
		system := SystemID{0x8000, MAC{2, 0, 0, 0, 1, 1}}
		d := newDUT(t, Config{System: system}, PortConfig{}, PortConfig{})
		d.establish(1, 2)
		if d.port(1).Config.MAC != system.MAC {
			t.Fatal("port 1 has another address")
		}
		d.down(1)
		for range 60 {
			d.hear(2)
			d.pass(time.Second)
			if !d.usable(2) {
				t.Fatalf("port 2 stopped distributing: %v", d.port(2).Reason)
			}
		}
		if err := d.RemovePort(d.now, 1); err != nil {
			t.Fatal(err)
		}
		d.drain()
		d.hear(2)
		for _, pdu := range d.sent[2] {
			if pdu.Actor.System != system {
				t.Errorf("sent as %v", pdu.Actor.System)
			}
		}
		if !d.usable(2) || len(d.sent[2]) < 2 {
			t.Errorf("%v, %d sent", d.port(2).Reason, len(d.sent[2]))
		}
	})
	t.Run("E25 port numbers", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{}, PortConfig{})
		d.up(1, 2, 3)
		seen := map[PortNumber]bool{}
		for n, sent := range d.sent {
			for _, pdu := range sent {
				if got := pdu.Actor.Port.Number; got != n || got == 0 {
					t.Errorf("port %d sends the number %d", n, got)
				}
			}
			seen[n] = true
		}
		if len(seen) != 3 {
			t.Errorf("ports %v sent", seen)
		}
		var bad *FieldError
		if err := d.AddPort(d.now, PortConfig{Key: 1, MAC: MAC{2}}); !errors.As(err, &bad) || bad.Field != "Number" {
			t.Errorf("number 0: %v", err)
		}
	})
	t.Run("E26 keys", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{Key: 564}, PortConfig{Key: 5, StaticKey: true})
		d.link(1, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull})
		d.link(2, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull})
		if a, b := d.port(1).Actor.Key, d.port(2).Actor.Key; a != FoldKey(564, d.port(1).Link) || b != 5 {
			t.Errorf("keys %d and %d", a, b)
		}
		var bad *FieldError
		if err := d.AddPort(d.now, PortConfig{Number: 9, MAC: MAC{2}}); !errors.As(err, &bad) || bad.Field != "Key" {
			t.Errorf("key 0: %v", err)
		}
	})
	t.Run("E27 unlike speeds, half duplex", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{}, PortConfig{})
		d.link(1, Link{Up: true, SpeedMbps: 10000, Duplex: DuplexFull})
		d.link(2, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexFull})
		d.link(3, Link{Up: true, SpeedMbps: 1000, Duplex: DuplexHalf})
		for range 3 {
			for n := PortNumber(1); n <= 3; n++ {
				d.hear(n)
			}
			d.pass(2 * time.Second)
		}
		a := aggregators(d, 1, 2, 3)
		if a[0] == a[1] || a[1] == a[2] || a[0] == a[2] {
			t.Errorf("aggregators %v", a)
		}
		if st := d.port(3); st.Receive != ReceiveLACPDisabled || len(d.sent[3]) != 0 || st.Partner.State.Has(StateAggregation) {
			t.Errorf("half duplex: %v, %d sent", st.Receive, len(d.sent[3]))
		}
	})
	t.Run("E29 a member is deleted", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{}, PortConfig{})
		d.establish(1, 2, 3)
		d.down(2) // a deleted interface loses its carrier first
		if err := d.RemovePort(d.now, 2); err != nil {
			t.Fatal(err)
		}
		d.drain()
		if len(d.sent[2]) != 0 {
			t.Errorf("%d LACPDUs sent through a removed interface", len(d.sent[2]))
		}
		for _, n := range []PortNumber{1, 3} {
			if !d.usable(n) {
				t.Errorf("port %d: %v", n, d.port(n).Reason)
			}
		}
		if _, err := d.Receive(d.now, 2, pduFrame(d.healthy(1))); err != ErrNoPort {
			t.Errorf("a late frame: %v, want %v", err, ErrNoPort)
		}
	})
	t.Run("E30 a member twice", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		if err := d.AddPort(d.now, portDefaults(0, PortConfig{})); err != ErrPortExists {
			t.Errorf("%v, want %v", err, ErrPortExists)
		}
	})
}
