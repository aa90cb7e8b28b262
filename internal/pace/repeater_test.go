package pace

import (
	"testing"
	"time"
)

func TestRepeaterRepeatsAsOftenAsItWasTold(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, count := range []int{-1, 0, 1, 3} {
		var r Repeater
		r.Start(start, count)
		taken := 0
		for i := range 10 {
			now := start.Add(time.Duration(i) * time.Second)
			if !r.Next().IsZero() && !r.Next().Equal(now) {
				t.Fatalf("count %d, second %d: next is %v, want %v", count, i, r.Next(), now)
			}
			if r.Take(now, time.Second) {
				taken++
			}
			if r.Take(now, time.Second) {
				t.Errorf("count %d, second %d: taken twice, want once", count, i)
			}
		}
		if want := max(count, 0); taken != want {
			t.Errorf("count %d: %d repetitions, want %d", count, taken, want)
		}
	}
}
