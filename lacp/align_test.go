package lacp

import (
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
