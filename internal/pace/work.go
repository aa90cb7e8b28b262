package pace

import "time"

// Work is work that something does for others, one piece after another. It may be late, and some
// wait for its end.
type Work struct {
	Limit time.Duration // a piece that takes longer is late

	since time.Time // when the piece under way began; zero: there is no work
	late  bool      // that was noticed
	then  []func(error)
}

// Begin records that there is work.
func (w *Work) Begin(now time.Time) {
	if w.since.IsZero() {
		w.since = now
	}
}

// Goes records that the next piece begins.
func (w *Work) Goes(now time.Time) { w.since = now }

// Busy reports whether there is work.
func (w *Work) Busy() bool { return !w.since.IsZero() }

// Since returns when the piece under way began; zero if there is no work.
func (w *Work) Since() time.Time { return w.since }

// Late reports whether the work is late, as [Work.Overdue] has noticed.
func (w *Work) Late() bool { return w.late }

// Next returns when the piece under way will be late; zero if it never will, or is already.
func (w *Work) Next() time.Time {
	if w.since.IsZero() || w.late {
		return time.Time{}
	}
	return w.since.Add(w.Limit)
}

// Overdue reports, once, that the piece under way is late.
func (w *Work) Overdue(now time.Time) bool {
	at := w.Next()
	if at.IsZero() || at.After(now) {
		return false
	}
	w.late = true
	return true
}

// Await calls then with the result of the work once it has ended.
func (w *Work) Await(then func(error)) { w.then = append(w.then, then) }

// End records that there is no work any more, and returns what there was.
func (w *Work) End() (ended Work) {
	ended = *w
	*w = Work{Limit: w.Limit}
	return ended
}

// Report passes the result of work that has ended to those that await it.
func (w *Work) Report(err error) {
	for _, then := range w.then {
		then(err)
	}
}
