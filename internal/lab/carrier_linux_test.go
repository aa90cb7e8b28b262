package lab

import (
	"testing"
	"time"
)

func TestCarrierLossLosesOnlyWhatIsUnderWay(t *testing.T) {
	needLong(t)
	b := newBed(t, bedConfig{members: 2})
	b.form(t, formLimit)
	for i, name := range b.theirs {
		other := b.lacpd.status(t).member(b.ours[1-i]).Reason.Since
		start := time.Now()
		e := sendEchoes(t, b.near, ourIP, ovsIP, 1000, echoInterval, func(k int) {
			if k == 300 {
				b.far.Down(t, name)
			}
		})
		t.Logf("%s unplugged: lost %v of 1000, %d duplicates", name, e.Lost, e.Duplicate)
		if most := underWay(start); len(e.Lost) > most || e.Duplicate != 0 {
			t.Errorf("%s unplugged: lost %v, %d duplicates: want at most the %d under way, and none twice", name, e.Lost, e.Duplicate, most)
		}
		s := b.lacpd.status(t)
		if m := s.member(b.ours[i]); m.CarriesData || m.Reason.Code != "LinkDown" {
			t.Errorf("unplugged member: %+v", m)
		}
		if m := s.member(b.ours[1-i]); !m.CarriesData || !m.Reason.Since.Equal(other) {
			t.Errorf("the other member was touched: %+v", m)
		}
		took := b.form(t, 5*time.Second)
		t.Logf("%s plugged in: all members in use after %v", name, took)
	}
}
