package moving

import (
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

const timeout = 20 * time.Millisecond

var start = time.Unix(1000, 0)

// holder is a plane that is quiet from a time on.
type holder struct {
	plane.Holder
	now, quiet time.Time
	asked      []uint64 // generations
}

func (h *holder) Quiet(generation uint64) bool {
	h.asked = append(h.asked, generation)
	return !h.now.Before(h.quiet)
}

// run takes the next step that is not Wait, and returns it and when it was due.
func (h *holder) run(t *testing.T, f *Flows) (Step, time.Duration) {
	t.Helper()
	for range 100 {
		if f.Next().IsZero() {
			t.Fatal("nothing is due, want a step")
		}
		h.now = f.Next()
		if s := f.Take(h.now.Add(-1), h); s != Wait {
			t.Fatalf("step %v before it was due, want none", s)
		}
		if s := f.Take(h.now, h); s != Wait {
			return s, h.now.Sub(start)
		}
	}
	t.Fatal("waits for ever")
	return Wait, 0
}

func TestNothingHeldNeedsNothing(t *testing.T) {
	var f Flows
	f.Follow(start, plane.Moves{Generation: 7}, timeout, true)
	if s := f.Take(start.Add(time.Hour), &holder{}); s != Wait || !f.Next().IsZero() {
		t.Errorf("step %v, next at %v, want none", s, f.Next())
	}
}

func TestPathsAreAskedOnceThePlaneIsQuiet(t *testing.T) {
	var f Flows
	h := &holder{quiet: start.Add(2 * lookTime)}
	f.Follow(start, plane.Moves{Generation: 7, Members: []uint16{3, 1}}, timeout, true)
	if s, at := h.run(t, &f); s != Ask || at != 2*lookTime {
		t.Fatalf("step %v after %v, want Ask after %v", s, at, 2*lookTime)
	}
	if want := []uint64{7, 7, 7}; !slices.Equal(h.asked, want) {
		t.Errorf("plane asked about generations %v, want %v", h.asked, want)
	}
	if got, want := f.Paths(), []uint16{1, 3}; !slices.Equal(got, want) || f.Generation() != 7 {
		t.Errorf("paths %v of generation %d, want %v of 7", got, f.Generation(), want)
	}
	if s, at := h.run(t, &f); s != Release || at != timeout {
		t.Errorf("without an answer: step %v after %v, want Release after %v", s, at, timeout)
	}
}

func TestTimeoutComesFirst(t *testing.T) {
	var f Flows
	h := &holder{quiet: start.Add(time.Hour)}
	const short = lookTime * 3 / 2
	f.Follow(start, plane.Moves{Generation: 7, Members: []uint16{1}}, short, true)
	if s, at := h.run(t, &f); s != Release || at != short {
		t.Errorf("plane never quiet: step %v after %v, want Release after %v", s, at, short)
	}
	f.Follow(start, plane.Moves{Generation: 8, Members: []uint16{1}}, timeout, false)
	if s, at := h.run(t, &f); s != Release || at != timeout {
		t.Errorf("mode that can't ask: step %v after %v, want Release after %v", s, at, timeout)
	}
}

func TestLastEmptyPathReleases(t *testing.T) {
	var f Flows
	f.Follow(start, plane.Moves{Generation: 7, Members: []uint16{1, 3}}, timeout, true)
	for i, c := range []struct {
		id         uint16
		generation uint64
		want       bool
	}{{1, 6, false}, {2, 7, false}, {1, 7, false}, {1, 7, false}, {3, 7, true}, {3, 7, false}} {
		if got := f.Emptied(c.id, c.generation); got != c.want {
			t.Errorf("step %d: Emptied(%d, %d) = %v, want %v", i, c.id, c.generation, got, c.want)
		}
	}
}

func TestNewMoveBeginsFromTheStartAndTheSameOneGoesOn(t *testing.T) {
	var f Flows
	h := &holder{}
	f.Follow(start, plane.Moves{Generation: 7, Members: []uint16{1}}, timeout, true)
	f.Follow(start.Add(time.Millisecond), plane.Moves{Generation: 7, Members: []uint16{1}}, timeout, true)
	if s, at := h.run(t, &f); s != Ask || at != 0 {
		t.Errorf("the same move: step %v after %v, want Ask at once", s, at)
	}
	f.Emptied(1, 7)
	f.Follow(start.Add(time.Millisecond), plane.Moves{Generation: 8, Members: []uint16{1, 2}}, timeout, true)
	if s, at := h.run(t, &f); s != Ask || at != time.Millisecond || len(f.Paths()) != 2 {
		t.Errorf("a new move: step %v after %v for %v, want Ask after 1ms for 2 paths", s, at, f.Paths())
	}
	f.Follow(start.Add(2*time.Millisecond), plane.Moves{}, timeout, true)
	if !f.Next().IsZero() {
		t.Errorf("nothing held any more: next at %v, want none", f.Next())
	}
}
