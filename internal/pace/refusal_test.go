package pace

import (
	"errors"
	"testing"
	"time"
)

var refusalPauses = Backoff{First: 100 * time.Millisecond, Most: time.Second}

func TestRefusalPacesAttemptsUntilOneIsAccepted(t *testing.T) {
	now := time.Unix(1000, 0)
	full := errors.New("table is full")
	var r Refusal
	for i, pause := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond} {
		if news := r.Refused(now, refusalPauses, full); news != (i == 0) {
			t.Errorf("refusal %d: news %v, want only the first to be", i, news)
		}
		if r.Err() != full || r.Next().Sub(now) != pause {
			t.Errorf("refusal %d: %v for %v, want %v for %v", i, r.Err(), r.Next().Sub(now), full, pause)
		}
		now = now.Add(pause)
		if r.Take(now.Add(-1)) || !r.Take(now) || r.Take(now) {
			t.Errorf("refusal %d: want an attempt once, after the pause", i)
		}
		if r.Err() != nil || !r.Next().IsZero() {
			t.Errorf("refusal %d: %v until %v after the pause, want none", i, r.Err(), r.Next())
		}
	}
	if !r.Accepted() || r.Accepted() {
		t.Error("want the first acceptance to end the refusal")
	}
	if news := r.Refused(now, refusalPauses, full); !news || r.Next().Sub(now) != 100*time.Millisecond {
		t.Errorf("refused again: news %v, pause %v, want true and the first pause", news, r.Next().Sub(now))
	}
}

func TestRefusalDuringAPauseDoesNotProlongIt(t *testing.T) {
	start := time.Unix(1000, 0)
	full, small := errors.New("table is full"), errors.New("MTU is too small")
	var r Refusal
	r.Refused(start, refusalPauses, full)
	if news := r.Refused(start.Add(time.Millisecond), refusalPauses, small); !news || r.Err() != small {
		t.Errorf("second refusal: news %v, error %v, want true, %v", news, r.Err(), small)
	}
	if got := r.Next().Sub(start); got != 100*time.Millisecond {
		t.Errorf("pause ends after %v, want 100ms", got)
	}
	if r.Accepted() || r.Err() == nil {
		t.Error("acceptance during the pause ended the refusal, want it to last")
	}
}

func TestNothingRefusedNeedsNothing(t *testing.T) {
	var r Refusal
	if r.Err() != nil || !r.Next().IsZero() || r.Take(time.Unix(1000, 0)) || r.Accepted() {
		t.Errorf("zero value: %v until %v, want no refusal", r.Err(), r.Next())
	}
}
