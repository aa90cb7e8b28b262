package marker

import "time"

// limiter allows at most len(sent) frames in any second.
type limiter[A markers | responses] struct {
	sent A
	next int
}

type (
	markers   [MarkersPerSecond]time.Time
	responses [ResponsesPerSecond]time.Time
)

// free returns the earliest time the next frame may pass; zero while fewer than
// len(sent) frames have passed.
func (l *limiter[A]) free() time.Time {
	if last := l.sent[l.next]; !last.IsZero() {
		return last.Add(time.Second)
	}
	return time.Time{}
}

// take reports whether a frame may pass now, and counts it if so.
func (l *limiter[A]) take(now time.Time) bool {
	if now.Before(l.free()) {
		return false
	}
	l.sent[l.next] = now
	l.next = (l.next + 1) % len(l.sent)
	return true
}
