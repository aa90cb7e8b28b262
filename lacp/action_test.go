package lacp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"
)

// firstFrame returns the frame that a System sends when its only port's link comes up.
func firstFrame(t *testing.T, c Config, p PortConfig) []byte {
	t.Helper()
	if c.System == (SystemID{}) {
		c.System = ourSystem
	}
	s := newSystem(t, c)
	p = portDefaults(0, p)
	addPort(t, s, start, p)
	s.Actions()
	if err := s.SetLink(start, p.Number, Link{Up: true}); err != nil {
		t.Fatal(err)
	}
	for _, a := range s.Actions() {
		if a.Kind == ActionTransmit {
			return a.AppendFrame(nil)
		}
	}
	t.Fatal("no LACPDU was sent")
	return nil
}

// The frames sent, octet by octet (protocol.md 2.1).
func TestFrameConformance(t *testing.T) {
	t.Run("FMT-01 addresses, EtherType, subtype and version", func(t *testing.T) {
		f := firstFrame(t, Config{}, PortConfig{})
		want := octets(t, "0180c2000002 020000000101 8809 01 01", 0)
		if !bytes.HasPrefix(f, want) {
			t.Errorf("% x, want % x", f[:16], want)
		}
		if other := firstFrame(t, Config{}, PortConfig{Number: 2}); bytes.Equal(other[6:12], f[6:12]) {
			t.Errorf("two ports send from % x", f[6:12])
		}
	})
	t.Run("FMT-02 length, no tag", func(t *testing.T) {
		if f := firstFrame(t, Config{}, PortConfig{}); len(f) != 124 || f[12] != 0x88 || f[13] != 0x09 {
			t.Errorf("%d octets, EtherType % x; want 124, 88 09", len(f), f[12:14])
		}
	})
	t.Run("FMT-03 type and length octets", func(t *testing.T) {
		pdu := firstFrame(t, Config{}, PortConfig{})[14:]
		for offset, want := range map[int][2]byte{2: {1, 20}, 22: {2, 20}, 42: {3, 16}, 58: {0, 0}} {
			if got := [2]byte(pdu[offset:]); got != want {
				t.Errorf("at %d: %v, want %v", offset, got, want)
			}
		}
	})
	t.Run("FMT-04 reserved octets", func(t *testing.T) {
		pdu := firstFrame(t, Config{CollectorMaxDelay: 0xffff}, PortConfig{ShortTimeout: true, Priority: 0xffff})[14:]
		for _, r := range [][2]int{{19, 22}, {39, 42}, {46, 58}, {60, 110}} {
			if s := pdu[r[0]:r[1]]; !bytes.Equal(s, make([]byte, len(s))) {
				t.Errorf("octets %d to %d are % x", r[0], r[1]-1, s)
			}
		}
	})
	t.Run("FMT-05 actor fields", func(t *testing.T) {
		c := Config{System: SystemID{0x1234, MAC{2, 1, 2, 3, 4, 5}}}
		d := newDUT(t, c, PortConfig{Priority: 7, Key: 9}, PortConfig{Priority: 8, Key: 9})
		d.up(1, 2)
		for i, want := range []Info{
			{c.System, 9, PortID{7, 1}, 0xc5},
			{c.System, 9, PortID{8, 2}, 0xc5},
		} {
			if got := d.sent[PortNumber(i+1)][0].Actor; got != want {
				t.Errorf("port %d sends %+v, want %+v", i+1, got, want)
			}
		}
	})
	t.Run("FMT-06 no partner", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.up(1)
		d.pass(3 * time.Second)
		last := d.sent[1][len(d.sent[1])-1]
		if want := DefaultPartnerAdmin(1); last.Partner != want || !last.Actor.State.Has(StateDefaulted) {
			t.Errorf("partner %+v and state %v, want %+v and Defaulted", last.Partner, last.Actor.State, want)
		}
	})
	t.Run("FMT-07 the partner as it was heard", func(t *testing.T) {
		for _, odd := range []Info{
			{SystemID{0, MAC{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff}}, 0xffff, PortID{0xffff, 0xffff}, 0x05},
			{SystemID{0xffff, MAC{2}}, 1, PortID{0, 1}, 0xc7},
			{SystemID{0x8000, MAC{0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0x0f}}, 0x8001, PortID{0x0100, 0x0100}, 0x85},
		} {
			d := newDUT(t, Config{}, PortConfig{})
			d.up(1)
			d.hear(1, func(p *PDU) { p.Actor = odd })
			if got := d.sent[1]; len(got) != 2 || got[1].Partner != odd {
				t.Errorf("sent %+v, want the partner %+v", got, odd)
			}
		}
	})
	t.Run("FMT-08 CollectorMaxDelay", func(t *testing.T) {
		f := firstFrame(t, Config{CollectorMaxDelay: 0x0102}, PortConfig{})
		if got := f[14+44 : 14+46]; got[0] != 1 || got[1] != 2 {
			t.Errorf("% x, want 01 02", got)
		}
	})
	t.Run("FMT-10 Activity, Timeout and Aggregation", func(t *testing.T) {
		for bits := range State(8) {
			p := PortConfig{Passive: !bits.Has(StateActivity), ShortTimeout: bits.Has(StateTimeout), Individual: !bits.Has(StateAggregation)}
			d := newDUT(t, Config{}, p)
			d.up(1)
			d.hear(1) // so that a Passive port sends
			last := d.sent[1][len(d.sent[1])-1].Actor.State
			if got := last & (StateActivity | StateTimeout | StateAggregation); got != bits {
				t.Errorf("%v is sent as %v", bits, got)
			}
		}
	})
	t.Run("FMT-11 most significant octet first", func(t *testing.T) {
		f := firstFrame(t, Config{System: SystemID{0x0102, MAC{0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f}}},
			PortConfig{Number: 0x0506, Key: 0x1314, StaticKey: true, Priority: 0x0708})
		if got, want := fmt.Sprintf("%x", f[18:32]), "01020a0b0c0d0e0f131407080506"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if port := binary.BigEndian.Uint16(f[30:]); port != 0x0506 {
			t.Errorf("port %#x", port)
		}
	})
	t.Run("FMT-12 read and written again", func(t *testing.T) {
		d := newDUT(t, Config{CollectorMaxDelay: 3}, PortConfig{ShortTimeout: true}, PortConfig{CoupledControl: true})
		d.establish(1)
		d.up(2)
		d.pass(100 * time.Second)
		for n, sent := range d.sent {
			for _, pdu := range sent {
				a := Action{PDU: pdu}
				frame := a.AppendFrame(nil)
				var again PDU
				if err := again.UnmarshalBinary(frame[14:]); err != nil || again != pdu {
					t.Errorf("port %d: %+v, %v; want %+v", n, again, err, pdu)
				}
			}
		}
		if len(d.sent[1]) < 3 || len(d.sent[2]) < 3 {
			t.Errorf("only %d and %d sent", len(d.sent[1]), len(d.sent[2]))
		}
	})
	t.Run("A13 a member whose address is not the System's", func(t *testing.T) {
		f := firstFrame(t, Config{System: SystemID{MAC: MAC{2, 0xbb, 0, 0, 0, 1}}}, PortConfig{MAC: MAC{2, 0xaa, 0, 0, 0, 9}})
		if MAC(f[6:12]) != (MAC{2, 0xaa, 0, 0, 0, 9}) || MAC(f[20:26]) != (MAC{2, 0xbb, 0, 0, 0, 1}) || len(f) != 124 {
			t.Errorf("from %v, System %v, %d octets", MAC(f[6:12]), MAC(f[20:26]), len(f))
		}
	})
}
