package lacp

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
)

// successor restarts the System of d from its saved state, after a pause.
func successor(d *dut, c Config, saved Saved, pause time.Duration, ports ...PortConfig) *dut {
	d.t.Helper()
	n := &dut{t: d.t, now: d.now.Add(pause), sent: map[PortNumber][]PDU{}, times: map[PortNumber][]time.Duration{}, muxes: map[PortNumber]Mux{}}
	c.System = ourSystem
	c.Trace = func(tr Transition) { n.trace = append(n.trace, tr) }
	n.System = newSystem(d.t, c)
	n.Restore(n.now, saved)
	for i, p := range ports {
		addPort(d.t, n.System, n.now, portDefaults(i, p))
	}
	n.drain()
	return n
}

// SYS-14, E07: the partner does not notice a restart.
func TestRestore(t *testing.T) {
	two := []PortConfig{{}, {}}
	running := func(t *testing.T) (*dut, Saved) {
		d := newDUT(t, Config{}, two...)
		d.establish(1, 2)
		b, err := d.Save(d.now).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var saved Saved
		if err := saved.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		return d, saved
	}
	t.Run("SYS-14 and E07 no flag ever drops", func(t *testing.T) {
		d, saved := running(t)
		n := successor(d, Config{}, saved, 5*time.Second, two...)
		if len(n.sent) != 0 {
			t.Fatalf("LACPDUs before the links are up: %v", n.sent)
		}
		n.up(1, 2)
		n.pass(30 * time.Second)
		n.hear(1)
		n.hear(2)
		n.pass(30 * time.Second)
		for _, port := range []PortNumber{1, 2} {
			if len(n.sent[port]) == 0 {
				t.Errorf("port %d sent no LACPDU", port)
			}
			for _, pdu := range n.sent[port] {
				if pdu.Actor.State != 0x3d || pdu.Partner.State != 0x3d {
					t.Errorf("port %d sent %v | %v", port, pdu.Actor.State, pdu.Partner.State)
				}
			}
			if got := n.muxes[port]; got != (Mux{1, true, true}) {
				t.Errorf("port %d: %+v", port, got)
			}
		}
		if h := n.History(1); !slices.ContainsFunc(h, func(tr Transition) bool { return tr.Why == "restored" }) {
			t.Errorf("the history does not have the restore: %v", h)
		}
	})
	t.Run("a partner that is gone is lost when it would have been", func(t *testing.T) {
		d, saved := running(t)
		n := successor(d, Config{}, saved, 60*time.Second, two...)
		n.up(1)
		n.pass(28 * time.Second) // 1 s went by in establish
		if got := n.port(1).Receive; got != ReceiveCurrent {
			t.Errorf("after 88 s: Receive machine %v", got)
		}
		n.pass(2 * time.Second)
		if got := n.port(1).Receive; got != ReceiveExpired {
			t.Errorf("after 90 s: Receive machine %v", got)
		}
	})
	for _, test := range []struct {
		name  string
		pause time.Duration
		c     Config
		port  PortConfig
		gate  bool
	}{
		{"too late", 90 * time.Second, Config{}, PortConfig{}, false},
		{"saved in the future", -time.Second, Config{}, PortConfig{}, false},
		{"another key", 0, Config{}, PortConfig{Key: 2}, false},
		{"another priority", 0, Config{}, PortConfig{Priority: 2}, false},
		{"another activity", 0, Config{}, PortConfig{Passive: true}, false},
		{"another timeout", 0, Config{}, PortConfig{ShortTimeout: true}, false},
		{"LACP disabled", 0, Config{}, PortConfig{Disabled: true}, false},
		{"another Mux control", 0, Config{}, PortConfig{CoupledControl: true}, false},
		{"a gate", 0, Config{}, PortConfig{}, true},
	} {
		t.Run("not restored: "+test.name, func(t *testing.T) {
			d, saved := running(t)
			n := successor(d, test.c, saved, test.pause, test.port)
			if test.gate {
				n.do(n.SetGate(n.now, 1, "g", GateSynchronization))
			}
			n.up(1)
			if st := n.port(1); st.Receive == ReceiveCurrent || st.Usable() {
				t.Errorf("port 1 was restored: Receive machine %v, Mux state %v", st.Receive, st.Mux)
			}
		})
	}
	t.Run("a port is restored once", func(t *testing.T) {
		d, saved := running(t)
		n := successor(d, Config{}, saved, 0, two...)
		n.up(1)
		n.down(1)
		n.up(1)
		if st := n.port(1); st.Receive != ReceiveExpired {
			t.Errorf("Receive machine %v, want EXPIRED", st.Receive)
		}
	})
	t.Run("a port that was saved twice is restored once", func(t *testing.T) {
		d, saved := running(t)
		saved.Ports = append(saved.Ports, saved.Ports...)
		n := successor(d, Config{}, saved, 0, two...)
		n.up(1)
		n.down(1)
		n.up(1)
		if got := slices.Collect(n.Aggregators())[0].Ports; !slices.Equal(got, []PortNumber{1}) {
			t.Errorf("ports of the aggregator: %v", got)
		}
	})
	t.Run("a port in use is not restored", func(t *testing.T) {
		d, saved := running(t)
		n := successor(d, Config{}, Saved{At: saved.At}, 0, two...)
		n.establish(1, 2)
		n.Restore(n.now, saved)
		n.down(1)
		n.up(1)
		if got := slices.Collect(n.Aggregators())[0].Ports; !slices.Equal(got, []PortNumber{1, 2}) {
			t.Errorf("ports of the aggregator: %v", got)
		}
	})
	t.Run("only ports that have a partner are saved", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{}, PortConfig{})
		d.establish(1, 2)
		d.up(3)
		d.do(d.Drain(d.now, 2))
		saved := d.Save(d.now)
		if len(saved.Ports) != 1 || saved.Ports[0].Actor.Port.Number != 1 || saved.Ports[0].Valid != 89*time.Second {
			t.Errorf("saved state %+v, want port 1, valid for 89 s", saved)
		}
	})
}

func TestSavedEncoding(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{}, PortConfig{})
	d.establish(1, 2)
	want := d.Save(d.now)
	b, err := want.AppendBinary([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	b = b[1:]
	var got Saved
	if err := got.UnmarshalBinary(b); err != nil || !got.At.Equal(want.At) || !slices.Equal(got.Ports, want.Ports) || len(got.Ports) != 2 {
		t.Errorf("decoded %+v, %v; want %+v", got, err, want)
	}
	for n := range len(b) {
		if err := got.UnmarshalBinary(b[:n]); !errors.Is(err, ErrSaved) {
			t.Fatalf("the first %d octets: error %v", n, err)
		}
	}
	for _, change := range []func([]byte){
		func(b []byte) { b[0] = 'X' },
		func(b []byte) { b[14] = 3 },
		func(b []byte) { b[15] = 9 },                             // not a LACPDU
		func(b []byte) { b[15+PDULen] = byte(MuxWaiting) },       // not attached
		func(b []byte) { b[15+PDULen] = 7 },                      // not a state
		func(b []byte) { b[15+PDULen+1], b[15+PDULen+2] = 0, 0 }, // no aggregator
		func(b []byte) { b[15+PDULen+3] = 0xff },                 // a negative time
		func(b []byte) { b[15+16], b[15+17] = 0, 0 },             // port 0
		func(b []byte) { b[15+PDULen+4] = 0xff },                 // a time too long
	} {
		c := bytes.Clone(b)
		change(c)
		if err := got.UnmarshalBinary(c); !errors.Is(err, ErrSaved) {
			t.Errorf("%x: error %v", c[:20], err)
		}
	}
	if len(got.Ports) != 2 {
		t.Error("UnmarshalBinary returned an error but changed the value")
	}
}
