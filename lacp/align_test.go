package lacp

import (
	"slices"
	"testing"
	"time"
)

func short(p *PDU) { p.Actor.State |= StateTimeout }

// With AlignPeriodicTx our periodic LACPDUs move to just before the partner's, whatever the
// initial phase.
func TestAlignPeriodicTx(t *testing.T) {
	const second = time.Second
	for phase := time.Duration(0); phase < second; phase += 50 * time.Millisecond {
		d := newDUT(t, Config{AlignPeriodicTx: true}, PortConfig{ShortTimeout: true})
		d.establish(1)
		d.pass(phase)
		for range 10 {
			d.hear(1, short)
			d.pass(second)
		}
		sent := d.times[1]
		theirs, ours := d.now.Sub(start), sent[len(sent)-1]
		if lead := theirs - ours; lead < leadShortest || lead > leadLongest {
			t.Errorf("phase %v: our LACPDU is %v ahead of the partner's, want 20 to 200 ms", phase, lead)
		}
		for i := 3; i < len(sent); i++ {
			if gap := sent[i] - sent[i-3]; gap < second {
				t.Errorf("phase %v: 4 LACPDUs in %v", phase, gap)
			}
		}
	}
}

// While the link comes up, the partner also sends between its periodic LACPDUs. Only
// the phase of the periodic LACPDUs after that counts.
func TestAlignPeriodicTxAfterAnIrregularStart(t *testing.T) {
	const second = time.Second
	for phase := 50 * time.Millisecond; phase < second; phase += 50 * time.Millisecond {
		d := newDUT(t, Config{AlignPeriodicTx: true}, PortConfig{ShortTimeout: true})
		d.establish(1)
		for range 3 {
			d.hear(1, short)
			d.pass(730 * time.Millisecond)
		}
		d.pass(phase)
		for range 10 {
			d.hear(1, short)
			d.pass(second)
		}
		sent := d.times[1]
		if lead := d.now.Sub(start) - sent[len(sent)-1]; lead < leadShortest || lead > leadLongest {
			t.Errorf("phase %v: our LACPDU is %v ahead of the partner's, want 20 to 200 ms", phase, lead)
		}
	}
}

// The first LACPDU of all does not show the partner's rhythm, whenever it comes.
func TestAlignPeriodicTxAfterTheFirstLACPDU(t *testing.T) {
	d := newDUT(t, Config{AlignPeriodicTx: true, AggregateWait: -1}, PortConfig{ShortTimeout: true})
	d.up(1)
	d.pass(950 * time.Millisecond) // of the System's time
	d.hear(1, short)
	if !d.usable(1) {
		t.Fatalf("the partner is in sync and collects: reason %v, want Distributing", d.port(1).Reason)
	}
	d.pass(50 * time.Millisecond)
	d.forget()
	d.pass(time.Second)
	if got, want := d.times[1], []time.Duration{2 * time.Second}; !slices.Equal(got, want) {
		t.Errorf("after the periodic LACPDU at 1s, sent at %v, want %v", got, want)
	}
}

// We do not chase a partner that moves ahead whenever we do.
func TestAlignPeriodicTxBothEnds(t *testing.T) {
	d := newDUT(t, Config{AlignPeriodicTx: true}, PortConfig{ShortTimeout: true})
	d.establish(1)
	for range 1000 {
		d.hear(1, short)
		before := len(d.sent[1])
		for len(d.sent[1]) == before {
			d.pass(time.Millisecond)
		}
		d.pass(10 * time.Millisecond) // too short a lead every time
	}
	if took := d.now.Sub(start); took < 990*time.Second {
		t.Errorf("1000 LACPDUs were sent in %v, want 990 s at least", took)
	}
}

// The default period is exactly that of the standard.
func TestNoLeadByDefault(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{ShortTimeout: true})
	d.establish(1)
	d.pass(300 * time.Millisecond)
	d.hear(1, short)
	before := len(d.times[1])
	d.pass(2500 * time.Millisecond)
	sent := d.times[1][before:]
	if len(sent) < 2 || sent[1]-sent[0] != FastPeriodicTime {
		t.Errorf("LACPDUs sent at %v, want one each second", sent)
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
