package lacp

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// steadySystem returns a System with one port, at rest in DISTRIBUTING, and the
// partner's frame that keeps it there.
func steadySystem(tb testing.TB) (*System, []byte, time.Time) {
	tb.Helper()
	now := time.Unix(0, 0)
	s := newSystem(tb, Config{System: SystemID{MAC: MAC{2, 0, 0, 0, 0, 10}}})
	addPort(tb, s, now, PortConfig{Number: 1, Key: 1, MAC: MAC{2, 0, 0, 0, 1, 10}, ShortTimeout: true})
	if err := s.SetLink(now, 1, Link{Up: true}); err != nil {
		tb.Fatal(err)
	}
	partner := Info{System: SystemID{0x8000, MAC{2, 0, 0, 0, 0, 11}}, Key: 2, Port: PortID{0x8000, 7}, State: 0x3f}
	var frame []byte
	for range 4 {
		now = now.Add(time.Second)
		st, _ := s.Port(1)
		frame = pduFrame(PDU{Version: 1, Actor: partner, Partner: st.Actor})
		if _, err := s.Receive(now, 1, frame); err != nil {
			tb.Fatal(err)
		}
		s.Advance(now)
		s.Actions()
	}
	if st, _ := s.Port(1); st.Mux != MuxDistributing {
		tb.Fatalf("not at rest: %+v", st)
	}
	return s, frame, now
}

var sink [FrameLen]byte

// The copy uses a length that the compiler does not know, as with real frames.
func BenchmarkCopy124(b *testing.B) {
	b.ReportAllocs()
	_, source, _ := steadySystem(b)
	for b.Loop() {
		copy(sink[:], source)
	}
}

func BenchmarkEncode(b *testing.B) {
	b.ReportAllocs()
	pdu := PDU{Version: 1, Actor: Info{Key: 1, State: 0x3d}, Partner: Info{Key: 2, State: 0x3d}}
	for b.Loop() {
		_, _ = pdu.AppendBinary(sink[:0]) // it returns no error
	}
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	_, frame, _ := steadySystem(b)
	var pdu PDU
	for b.Loop() {
		if pdu.UnmarshalBinary(frame[etherHeaderLen:]) != nil {
			b.Fatal("the frame was rejected")
		}
	}
}

// An unchanged LACPDU in steady state passes the demultiplexer, the decoder and all
// machines until they settle.
func BenchmarkReceive(b *testing.B) {
	b.ReportAllocs()
	s, frame, now := steadySystem(b)
	for b.Loop() {
		now = now.Add(time.Millisecond)
		if _, err := s.Receive(now, 1, frame); err != nil {
			b.Fatal(err)
		}
		s.Actions()
	}
}

// A runtime asks for the Reason of a port around each frame. Findings are tried in order:
// Distributing is the first, PartnerNotInSync the last.
func BenchmarkReason(b *testing.B) {
	says := func(state State) func(*System, time.Time) {
		return func(s *System, now time.Time) {
			st, _ := s.Port(1)
			partner := st.Partner
			partner.State = state
			_, _ = s.Receive(now, 1, pduFrame(PDU{Version: 1, Actor: partner, Partner: st.Actor}))
		}
	}
	for _, c := range []struct {
		want ReasonCode
		do   func(*System, time.Time)
	}{
		{ReasonDistributing, func(*System, time.Time) {}},
		{ReasonLinkDown, func(s *System, now time.Time) { _ = s.SetLink(now, 1, Link{}) }},
		{ReasonPartnerNotCollecting, says(0x0f)},
		{ReasonPartnerNotInSync, says(0x07)},
	} {
		b.Run(c.want.String(), func(b *testing.B) {
			b.ReportAllocs()
			s, _, now := steadySystem(b)
			c.do(s, now)
			if got := s.Reason(1); got.Code != c.want {
				b.Fatalf("Reason(1) = %v, want %v", got, c.want)
			}
			for b.Loop() {
				s.Reason(1)
			}
		})
	}
}

// All ports of a System run at FAST. In one virtual second a port receives and sends
// one LACPDU and handles its timers. The time this takes per port must not depend on
// the number of ports.
func BenchmarkSystemFast(b *testing.B) {
	for _, ports := range []int{10, 100, 1_000, 10_000} {
		b.Run(strconv.Itoa(ports), func(b *testing.B) {
			b.ReportAllocs()
			f := newFastSystem(b, ports)
			seconds := 0
			for b.Loop() {
				f.second(b)
				seconds++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(seconds)/float64(ports), "ns/port-second")
		})
	}
}

// fastSystem is a System whose ports are all up with a partner that uses the Short
// Timeout.
type fastSystem struct {
	*System
	now    time.Time
	frames [][]byte
}

func newFastSystem(tb testing.TB, ports int) *fastSystem {
	f := &fastSystem{now: time.Unix(0, 0), frames: make([][]byte, ports+1)}
	f.System = newSystem(tb, Config{System: SystemID{MAC: MAC{2, 0, 0, 0, 0, 10}}, RequirePartner: true})
	for n := range ports {
		number := PortNumber(n + 1)
		mac := MAC{2, 0, 0, 1, byte(number >> 8), byte(number)}
		addPort(tb, f.System, f.now, PortConfig{Number: number, Key: 1, MAC: mac, ShortTimeout: true})
	}
	for n := range ports {
		if err := f.SetLink(f.now, PortNumber(n+1), Link{Up: true}); err != nil {
			tb.Fatal(err)
		}
	}
	for range 5 {
		for n := range ports {
			st, _ := f.Port(PortNumber(n + 1))
			f.frames[n+1] = pduFrame(PDU{Version: 1, Partner: st.Actor, Actor: Info{
				// eight ports per partner
				System: SystemID{0x8000, MAC{2, 0, 0, 2, byte(n >> 11), byte(n >> 3)}}, Key: 2,
				Port: PortID{0x8000, PortNumber(n + 1)}, State: 0x3f}})
		}
		f.second(tb)
	}
	for st := range f.Ports() {
		if st.Mux != MuxDistributing {
			tb.Fatalf("port %d is in %v: %v", st.Config.Number, st.Mux, st.Reason)
		}
	}
	return f
}

// second lets a second pass. Each port receives a LACPDU at a different time in it.
func (f *fastSystem) second(tb testing.TB) {
	step := time.Second / time.Duration(len(f.frames)-1)
	for n := 1; n < len(f.frames); n++ {
		f.now = f.now.Add(step)
		if _, err := f.Receive(f.now, PortNumber(n), f.frames[n]); err != nil {
			tb.Fatal(err)
		}
		f.Actions()
		if at := f.Deadline(); !at.After(f.now) {
			f.Advance(f.now)
			f.Actions()
		}
	}
}

// TestSpeedRatios prints the cost of each operation on the path of a frame in copies
// of 124 octets, as medians of interleaved runs. Set LACP_SPEED=1 to run it, and
// LACP_SPEED=check to fail above the targets.
func TestSpeedRatios(t *testing.T) {
	mode := os.Getenv("LACP_SPEED")
	if mode == "" {
		t.Skip("LACP_SPEED is not set: a test that measures time is for a quiet machine")
	}
	operations := []struct {
		name   string
		run    func(*testing.B)
		target float64
	}{
		{"copy of 124 octets", BenchmarkCopy124, 1},
		{"encode", BenchmarkEncode, 2},
		{"decode", BenchmarkDecode, 2},
		{"receive to fixpoint", BenchmarkReceive, 20},
	}
	const runs = 7
	times := make([][]float64, len(operations))
	for range runs {
		for i, o := range operations {
			r := testing.Benchmark(o.run)
			times[i] = append(times[i], float64(r.T.Nanoseconds())/float64(r.N))
		}
	}
	median := func(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }
	unit := median(times[0])
	for i, o := range operations {
		ratio := median(times[i]) / unit
		line := fmt.Sprintf("%-20s %7.2f ns  %6.2f copies, target at most %.0f", o.name, median(times[i]), ratio, o.target)
		t.Log(line)
		if mode == "check" && ratio > o.target*1.01 {
			t.Error("above the target: " + line)
		}
	}
}

// TestHourOfTenThousandPorts runs 10,000 ports at FAST for an hour of virtual time,
// which must take less than a minute of one core.
func TestHourOfTenThousandPorts(t *testing.T) {
	if os.Getenv("LACP_SPEED") == "" {
		t.Skip("LACP_SPEED is not set: a test that measures time is for a quiet machine")
	}
	f := newFastSystem(t, 10_000)
	start := time.Now()
	for range 3600 {
		f.second(t)
	}
	took := time.Since(start)
	t.Logf("an hour took %v", took.Round(time.Millisecond))
	if took > time.Minute {
		t.Errorf("an hour took %v, want at most a minute", took)
	}
	for st := range f.Ports() {
		if st.Mux != MuxDistributing || st.Counters.Expired > 1 {
			t.Fatalf("port %d: Mux state %v, %d times in EXPIRED", st.Config.Number, st.Mux, st.Counters.Expired)
		}
	}
}

// Handling a frame or a timer does not allocate.
func TestNoAllocations(t *testing.T) {
	s, frame, now := steadySystem(t)
	changed := pduFrame(PDU{Version: 1, Actor: Info{System: partnerSystem, Key: 9, Port: PortID{1, 1}, State: 0x3d}})
	var pdu PDU
	buffer := make([]byte, 0, FrameLen)
	action := Action{PDU: pdu}
	for name, f := range map[string]func(){
		"encode":    func() { _, _ = pdu.AppendBinary(buffer) },
		"frame":     func() { _ = action.AppendFrame(buffer) },
		"decode":    func() { _ = pdu.UnmarshalBinary(frame[etherHeaderLen:]) },
		"ParseSlow": func() { _ = ParseSlow(frame) },
		"TLVs": func() {
			for range TLVs(frame[etherHeaderLen:]) {
			}
		},
		"Receive, Actions, Advance and Deadline at rest": func() {
			now = now.Add(100 * time.Millisecond)
			_, _ = s.Receive(now, 1, frame)
			_ = s.Actions()
			if at := s.Deadline(); !at.After(now) {
				s.Advance(now)
				_ = s.Actions()
			}
		},
		"two partners in turn, all machines run": func() {
			now = now.Add(500 * time.Millisecond)
			_, _ = s.Receive(now, 1, changed)
			_, _ = s.Receive(now, 1, frame)
			s.Advance(now)
			_ = s.Actions()
		},
		"illegal": func() { _, _ = s.Receive(now, 1, frame[:50]) },
	} {
		if got := testing.AllocsPerRun(200, f); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}
