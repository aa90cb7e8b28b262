package lacp

import (
	"testing"
	"time"
)

func TestMACCompare(t *testing.T) {
	ordered := []MAC{{}, {0, 0, 0, 0, 0, 1}, {0, 0, 0, 0, 0, 0xff}, {0, 0, 0, 0, 1, 0}, {1}, {0xff}}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := a.Compare(b), sign(i-j); got != want {
				t.Errorf("comparison of %v and %v: %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestTransitionString(t *testing.T) {
	tr := Transition{Port: 7, Machine: MachineMux, From: "WAITING", To: "ATTACHED", Why: "Selected = SELECTED AND Ready = TRUE"}
	if got, want := tr.String(), "port 7 mux WAITING → ATTACHED: Selected = SELECTED AND Ready = TRUE"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A caller may stop in the middle of an iteration.
func TestIteratorsStop(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{Key: 1}, PortConfig{Key: 2})
	d.establish(1, 2)
	n := 0
	for range d.Ports() {
		n++
		break
	}
	for range d.Aggregators() {
		n++
		break
	}
	if n != 2 {
		t.Errorf("%d elements, want one of each", n)
	}
}

// The meaning of the zero values of a configuration.
func TestDefaults(t *testing.T) {
	d := newDUT(t, Config{System: SystemID{MAC: MAC{2, 1}}}, PortConfig{})
	if got := d.ID(); got != (SystemID{0x8000, MAC{2, 1}}) {
		t.Errorf("System %v", got)
	}
	st := d.port(1)
	if st.Actor.Port.Priority != 0x8000 || st.Config.Priority != 0x8000 || st.Config.PartnerAdmin != DefaultPartnerAdmin(1) || st.Actor.State&7 != 5 {
		t.Errorf("status %+v does not have the defaults", st)
	}
	for wait, want := range map[time.Duration]time.Duration{0: 2 * time.Second, -1: 0, time.Second: time.Second} {
		d := newDUT(t, Config{AggregateWait: wait}, PortConfig{})
		d.up(1)
		d.pass(want)
		if got := d.port(1).Mux; got != MuxAttached {
			t.Errorf("wait %v: %v after %v", wait, got, want)
		}
		if want > 0 {
			d := newDUT(t, Config{AggregateWait: wait}, PortConfig{})
			d.up(1)
			d.pass(want - 1)
			if got := d.port(1).Mux; got != MuxWaiting {
				t.Errorf("wait %v: %v before %v", wait, got, want)
			}
		}
	}
}

func TestDuplexNames(t *testing.T) {
	for d, want := range map[Duplex]string{DuplexUnknown: "unknown", DuplexHalf: "half", DuplexFull: "full", 9: "unknown"} {
		if got := d.String(); got != want {
			t.Errorf("%d is %q, want %q", d, got, want)
		}
	}
}

// The gaps between two of the partner's LACPDUs that count as a fast period.
func TestIsPeriod(t *testing.T) {
	const ms = instant(time.Millisecond)
	for gap, want := range map[instant]bool{0: false, 899 * ms: false, 900 * ms: true, 1000 * ms: true, 1100 * ms: true, 1101 * ms: false, 2000 * ms: false} {
		if got := isPeriod(gap); got != want {
			t.Errorf("%v: %v, want %v", time.Duration(gap), got, want)
		}
	}
}

// How much a fast period is shortened, for every phase of the partner's LACPDUs. It is
// never longer than a second.
func TestFastPeriod(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name   string
		change func(*System, *port)
		lead   time.Duration // of our LACPDU before the partner's next
		spent  time.Duration
		want   time.Duration
	}{
		{"just right", nil, 100 * ms, 0, 1000 * ms},
		{"the shortest lead", nil, 20 * ms, 0, 1000 * ms},
		{"the longest lead", nil, 200 * ms, 0, 1000 * ms},
		{"too short", nil, 19 * ms, 0, 919 * ms},
		{"too long", nil, 201 * ms, 0, 101 * ms},
		{"at the same time", nil, 0, 0, 900 * ms},
		{"half a second", nil, 500 * ms, 0, 400 * ms},
		{"credit is spent", nil, 500 * ms, 1000 * ms, 995 * ms},
		{"some credit is left", nil, 500 * ms, 705 * ms, 700 * ms},
		{"not wanted", func(s *System, _ *port) { s.cfg.AlignPeriodicTx = false }, 500 * ms, 0, 1000 * ms},
		{"no partner", func(_ *System, p *port) { p.receive = ReceiveExpired }, 500 * ms, 0, 1000 * ms},
		{"the link is not in use yet", func(_ *System, p *port) { p.actor.State &^= StateCollecting }, 500 * ms, 0, 1000 * ms},
		{"the partner's rhythm is not known", func(_ *System, p *port) { p.steady = false }, 500 * ms, 0, 1000 * ms},
		{"the partner is Long", func(_ *System, p *port) { p.partner.State &^= StateTimeout }, 500 * ms, 0, 1000 * ms},
		{"we are Long", func(_ *System, p *port) { p.actor.State &^= StateTimeout }, 500 * ms, 0, 1000 * ms},
	} {
		s, p := testPort(t)
		s.cfg.AlignPeriodicTx = true
		s.now = instant(1000 * time.Second)
		p.receive, p.leadSpent, p.steady = ReceiveCurrent, test.spent, true
		p.actor.State |= StateTimeout | StateCollecting
		p.partner.State |= StateTimeout
		p.lastRx = s.now + instant(test.lead) - instant(7*time.Second)
		if test.change != nil {
			test.change(s, p)
		}
		if got := s.fastPeriod(p, s.now); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
