package lacp

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// take passes a frame to port 1 and returns its kind.
func (d *dut) take(frame []byte) SlowKind {
	d.t.Helper()
	kind, _ := d.Receive(d.now, 1, frame)
	d.drain()
	return kind
}

// put returns a copy of a frame with other octets.
func put(frame []byte, offset int, v ...byte) []byte {
	f := append([]byte(nil), frame...)
	copy(f[offset:], v)
	return f
}

// The frames received and their effect (protocol.md 3). The state octet 35, which the
// healthy partner never has, shows that a frame was accepted.
func TestIntakeConformance(t *testing.T) {
	fresh := func(t *testing.T) (*dut, []byte) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		pdu := d.healthy(1)
		pdu.Actor.State = 0x35
		return d, pduFrame(pdu)
	}
	accepted := func(t *testing.T, change func([]byte) []byte) {
		t.Helper()
		d, f := fresh(t)
		before := d.port(1).Counters.LACPDUsRx
		if kind := d.take(change(f)); kind != SlowLACPDU {
			t.Errorf("kind %v, want SlowLACPDU", kind)
		}
		if st := d.port(1); st.Partner.State != 0x35 || st.Counters.LACPDUsRx != before+1 {
			t.Errorf("partner %v, LACPDUsRx rose by %d", st.Partner.State, st.Counters.LACPDUsRx-before)
		}
	}
	refused := func(t *testing.T, kind SlowKind, change func([]byte) []byte) {
		t.Helper()
		d, f := fresh(t)
		before := d.port(1)
		if got := d.take(change(f)); got != kind {
			t.Errorf("kind %v, want %v", got, kind)
		}
		st := d.port(1)
		switch kind {
		case SlowIllegal:
			before.Counters.IllegalRx++
		case NotSlow:
		default:
			before.Counters.UnknownRx++
		}
		if st != before {
			t.Errorf("the port is %+v, want no change of %+v", st, before)
		}
	}
	octet := func(offset int, v ...byte) func([]byte) []byte {
		return func(f []byte) []byte { return put(f, offset, v...) }
	}
	ones := func(offset, n int) func([]byte) []byte {
		return func(f []byte) []byte {
			f = put(f, 0)
			for i := range n {
				f[offset+i] = 0xff
			}
			return f
		}
	}
	t.Run("VAL-01 and A07 any version", func(t *testing.T) {
		for _, v := range []byte{0, 2, 0x7f, 0xf1, 0xff} {
			accepted(t, octet(15, v))
		}
	})
	t.Run("VAL-02 and A07 type octets", func(t *testing.T) {
		for _, change := range []func([]byte) []byte{octet(16, 0x7f), octet(36, 0x7f), octet(56, 0x7f), octet(16, 2), octet(36, 1), octet(56, 0)} {
			accepted(t, change)
		}
	})
	t.Run("VAL-03 and A07 reserved octets", func(t *testing.T) {
		for _, change := range []func([]byte) []byte{ones(14+19, 3), ones(14+39, 3), ones(14+46, 12), ones(14+60, 50)} {
			accepted(t, change)
		}
	})
	t.Run("VAL-04 garbage in place of the terminator", func(t *testing.T) {
		accepted(t, func(f []byte) []byte { return ones(14+58, 52)(octet(15, 2)(f)) })
		accepted(t, ones(14+58, 52))
		accepted(t, octet(15, 2, 1)) // a terminator nevertheless
	})
	t.Run("VAL-05 and A09 length octets", func(t *testing.T) {
		for _, v := range []byte{0, 1, 19, 21, 255} {
			refused(t, SlowIllegal, octet(14+3, v))
			refused(t, SlowIllegal, octet(14+23, v))
		}
		for _, v := range []byte{0, 1, 15, 17, 255} {
			refused(t, SlowIllegal, octet(14+43, v))
		}
	})
	t.Run("VAL-06 and A11 truncated", func(t *testing.T) {
		for n := range PDULen {
			refused(t, SlowIllegal, func(f []byte) []byte { return f[:14+n] })
		}
	})
	t.Run("VAL-07 and A10 longer than needed", func(t *testing.T) {
		for _, more := range []int{0, 4, 1390, 8986 - PDULen} {
			accepted(t, func(f []byte) []byte { return append(put(f, 0), make([]byte, more)...) })
		}
		d, f := fresh(t)
		long := append(put(f, 0), make([]byte, 8986-PDULen)...)
		for i := range long[14+PDULen:] {
			long[14+PDULen+i] = 0xee
		}
		if got := testing.AllocsPerRun(100, func() { _, _ = d.Receive(d.now, 1, long) }); got != 0 {
			t.Errorf("%v allocations for a jumbo frame", got)
		}
		for _, a := range d.Actions() {
			if f := a.AppendFrame(nil); a.Kind == ActionTransmit && (len(f) != FrameLen || f[len(f)-1] != 0) {
				t.Errorf("octets after the LACPDU were sent back: % x", f)
			}
		}
	})
	t.Run("VAL-08 subtypes that may not occur", func(t *testing.T) {
		for _, v := range []byte{0, 11, 12, 128, 255} {
			refused(t, SlowIllegal, octet(14, v))
		}
	})
	t.Run("VAL-09 subtypes of others", func(t *testing.T) {
		for v, kind := range map[byte]SlowKind{3: SlowOAM, 4: SlowUnknown, 5: SlowUnknown, 9: SlowUnknown, 10: SlowOSSP} {
			refused(t, kind, octet(14, v))
		}
	})
	t.Run("VAL-10 another EtherType", func(t *testing.T) {
		refused(t, SlowUnknown, octet(12, 8, 0))
	})
	t.Run("VAL-11 other destinations", func(t *testing.T) {
		accepted(t, octet(5, 0))
		accepted(t, octet(5, 3))
		refused(t, SlowUnknown, octet(5, 0x0e))
		refused(t, SlowUnknown, octet(0, 2, 0, 0, 0, 1, 1)) // the port's own address
		refused(t, NotSlow, func(f []byte) []byte { return put(put(f, 0, 2, 0, 0, 0, 1, 1), 12, 8, 0) })
	})
	tagged := func(tag ...byte) func([]byte) []byte {
		return func(f []byte) []byte { return append(append(append([]byte(nil), f[:12]...), tag...), f[12:]...) }
	}
	t.Run("VAL-12 tagged", func(t *testing.T) {
		refused(t, SlowUnknown, tagged(0x81, 0, 0, 1))
		refused(t, SlowUnknown, tagged(0x88, 0xa8, 0, 100, 0x81, 0, 0, 1))
		refused(t, SlowUnknown, tagged(0x81, 0, 0, 0, 0x81, 0, 0, 0))
		accepted(t, tagged(0x81, 0, 0xe0, 0)) // priority only
	})
	t.Run("VAL-13 no system, no port, no key", func(t *testing.T) {
		d, _ := fresh(t)
		d.hear(1, func(p *PDU) { p.Actor.Port.Number, p.Actor.Key = 0, 0 })
		d.pass(2 * time.Second)
		if st := d.port(1); !st.Usable() || st.LAGID.Remote.Key != 0 {
			t.Errorf("port and key 0: reason %v, LAG ID %v", st.Reason, st.LAGID)
		}
		d.hear(1, func(p *PDU) { p.Actor = Info{State: 0x3d} })
		d.pass(2 * time.Second)
		if st := d.port(1); st.SelectedAggregator != 0 || st.Reason.Code != ReasonPartnerInvalid {
			t.Errorf("zero System: reason %v, aggregator %d", st.Reason, st.SelectedAggregator)
		}
		// Two ports that look like Defaulted ones are still two links.
		two := newDUT(t, Config{}, PortConfig{}, PortConfig{})
		two.up(1, 2)
		two.hear(1, func(p *PDU) { p.Actor = Info{State: 0x3d} })
		two.pass(5 * time.Second)
		if a := aggregators(two, 1, 2); a[0] == a[1] {
			t.Errorf("both ports are on aggregator %d", a[0])
		}
	})
	t.Run("VAL-14 a group address, our own address", func(t *testing.T) {
		d, _ := fresh(t)
		d.hear(1, func(p *PDU) { p.Actor.System.MAC = SlowProtocolsMulticast })
		if st := d.port(1); st.SelectedAggregator != 0 || st.Usable() {
			t.Errorf("group address: on aggregator %d", st.SelectedAggregator)
		}
		d.hear(1, func(p *PDU) { p.Actor.System.MAC = ourSystem.MAC })
		if st := d.port(1); st.Usable() || st.Reason.Code != ReasonLoopbackSystem {
			t.Errorf("own address: reason %v", st.Reason)
		}
	})
	t.Run("VAL-16 the link is down", func(t *testing.T) {
		d, f := fresh(t)
		d.down(1)
		before := d.port(1)
		d.take(f)
		if st := d.port(1); st.Partner != before.Partner || st.Receive != ReceivePortDisabled || len(d.sent[1]) != 0 {
			t.Errorf("Receive machine %v, partner %+v, %d LACPDUs sent", st.Receive, st.Partner, len(d.sent[1]))
		}
	})
	t.Run("VAL-17 LACP is disabled", func(t *testing.T) {
		d, f := fresh(t)
		d.set(func(c *PortConfig) { c.Disabled = true })
		before := d.port(1)
		d.forget()
		d.take(f)
		if st := d.port(1); st.Partner != before.Partner || st.Receive != ReceiveLACPDisabled || len(d.sent[1]) != 0 {
			t.Errorf("Receive machine %v, partner %+v, %d LACPDUs sent", st.Receive, st.Partner, len(d.sent[1]))
		}
	})
}

// VAL-15: whatever frames arrive, the machines settle, no port sends too much and
// memory does not grow.
func TestRandomFrames(t *testing.T) {
	n := Rounds(300_000, 1_000_000)
	if testing.Short() {
		n = 100_000
	}
	t.Run("VAL-15 and I08 random and bit-flipped frames", func(t *testing.T) {
		r := rand.New(rand.NewPCG(11, 12))
		d := newDUT(t, Config{}, PortConfig{}, PortConfig{ShortTimeout: true})
		d.establish(1, 2)
		good := pduFrame(d.healthy(1))
		frame := make([]byte, 0, 2000)
		var before, after runtime.MemStats
		for i := range n {
			if i == n/2 {
				runtime.GC()
				runtime.ReadMemStats(&before)
			}
			frame = append(frame[:0], good...)
			if r.IntN(4) == 0 {
				for j := 18; j < len(frame); j++ {
					frame[j] = byte(r.Uint32())
				}
				frame[17], frame[37], frame[57] = 20, 20, 16
			}
			for range r.IntN(4) {
				frame[r.IntN(len(frame))] ^= 1 << r.IntN(8)
			}
			if r.IntN(8) == 0 {
				frame = frame[:r.IntN(len(frame))]
			}
			d.now = d.now.Add(time.Duration(r.IntN(20)) * time.Millisecond)
			_, _ = d.Receive(d.now, PortNumber(1+r.IntN(2)), frame)
			d.drain()
			if i%16 == 0 {
				d.Advance(d.now)
				d.drain()
				d.forget()
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
			t.Errorf("the heap has grown by %d octets", grown)
		}
		d.now = d.now.Add(time.Second)
		d.establish(1, 2)
	})
	t.Run("A16 what is read is written and read again the same", func(t *testing.T) {
		r := rand.New(rand.NewPCG(13, 14))
		var raw [PDULen]byte
		buffer := make([]byte, 0, PDULen)
		for range n {
			for i := 0; i < len(raw)-8; i += 8 {
				v := r.Uint64()
				for j := range 8 {
					raw[i+j] = byte(v >> (8 * j))
				}
			}
			raw[0], raw[3], raw[23], raw[43] = 1, 20, 20, 16
			var first, second PDU
			if err := first.UnmarshalBinary(raw[:]); err != nil {
				t.Fatal(err)
			}
			b, _ := first.AppendBinary(buffer)
			if err := second.UnmarshalBinary(b); err != nil {
				t.Fatal(err)
			}
			first.Version = max(first.Version, 1) // 0 is written as 1
			if first != second {
				t.Fatalf("decoded %+v, then %+v", first, second)
			}
		}
	})
}

func TestTags(t *testing.T) {
	plain := octets(t, version1, FrameLen)
	tagged := func(tags ...uint32) []byte {
		b := bytes.Clone(plain[:12])
		for _, tag := range tags {
			b = append(b, byte(tag>>24), byte(tag>>16), byte(tag>>8), byte(tag))
		}
		return append(b, plain[12:]...)
	}
	for _, test := range []struct {
		frame    []byte
		tags     uint8
		vid      uint16
		untagged bool
	}{
		{plain, 0, 0, true},
		{tagged(0x8100e000), 1, 0, true}, // priority 7, VID 0
		{tagged(0x81000001), 1, 1, false},
		{tagged(0x88a80064, 0x81000001), 2, 100, false},
		{tagged(0x81000000, 0x81000000), 2, 0, false},
		{tagged(0x91000fff), 1, 4095, false},
	} {
		f := ParseSlow(test.frame)
		if f.Kind != SlowLACPDU || f.Tags != test.tags || f.VID != test.vid || f.Untagged() != test.untagged {
			t.Errorf("ParseSlow returned %+v, want %d tags, VID %d", f, test.tags, test.vid)
		}
	}
	for n := range 40 { // wherever the frame is cut, ParseSlow must not read past the end
		ParseSlow(tagged(0x88a80064, 0x81000001)[:n])
	}
	endless := bytes.Repeat([]byte{0x81, 0, 0, 1}, 1000)
	if f := ParseSlow(append(bytes.Clone(plain[:12]), endless...)); f.Kind != NotSlow || f.Tags != maxTags {
		t.Errorf("too many tags: ParseSlow returned %+v", f)
	}
}
