package pace

import (
	"errors"
	"testing"
	"time"
)

func TestWorkIsLateOnce(t *testing.T) {
	w := Work{Limit: time.Second}
	if w.Busy() || !w.Next().IsZero() {
		t.Errorf("Busy() = %v, Next() = %v without work, want neither", w.Busy(), w.Next())
	}
	start := time.Unix(1000, 0)
	w.Begin(start)
	w.Begin(start.Add(time.Millisecond)) // the first counts
	if at := w.Next(); !w.Busy() || !at.Equal(start.Add(time.Second)) {
		t.Errorf("Busy() = %v, Next() = %v, want work that is late after a second", w.Busy(), at)
	}
	if w.Overdue(start.Add(time.Second - 1)) {
		t.Error("Overdue() before the limit = true, want false")
	}
	if !w.Overdue(start.Add(time.Second)) || !w.Late() {
		t.Error("Overdue() at the limit = false, want true")
	}
	if w.Overdue(start.Add(time.Minute)) || !w.Next().IsZero() {
		t.Error("work is late again, want once")
	}
}

func TestNextPieceHasTimeOfItsOwn(t *testing.T) {
	w := Work{Limit: time.Second}
	start := time.Unix(1000, 0)
	w.Begin(start)
	w.Goes(start.Add(900 * time.Millisecond))
	if want := start.Add(1900 * time.Millisecond); !w.Next().Equal(want) {
		t.Errorf("Next() = %v, want %v", w.Next(), want)
	}
}

func TestEndReportsToThoseThatWait(t *testing.T) {
	w := Work{Limit: time.Second}
	w.Begin(time.Unix(1000, 0))
	var got []error
	w.Await(func(err error) {
		got = append(got, err)
		w.Begin(time.Unix(2000, 0)) // new work, which this result is not about
		w.Await(func(error) { t.Error("new work has ended, want only the first") })
	})
	refused := errors.New("refused")
	ended := w.End()
	if w.Busy() || w.Limit != time.Second {
		t.Errorf("Busy() = %v with limit %v after End, want false and 1s", w.Busy(), w.Limit)
	}
	ended.Report(refused)
	if len(got) != 1 || got[0] != refused || !w.Busy() {
		t.Errorf("results %v and Busy() = %v, want the refusal once, and new work", got, w.Busy())
	}
}
