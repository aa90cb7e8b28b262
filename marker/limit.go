package marker

import "time"

// limiter lets at most len(sent) frames pass in any second.
type limiter[A markers | responses] struct {
	sent A
	next int
}

type (
	markers   [MarkersPerSecond]time.Time
	responses [ResponsesPerSecond]time.Time
)

// free returns from when on a frame may pass; zero if none has passed yet.
func (l *limiter[A]) free() time.Time {
	if last := l.sent[l.next]; !last.IsZero() {
		return last.Add(time.Second)
	}
	return time.Time{}
}

// take lets a frame pass, if it may.
func (l *limiter[A]) take(now time.Time) bool {
	if now.Before(l.free()) {
		return false
	}
	l.sent[l.next] = now
	l.next = (l.next + 1) % len(l.sent)
	return true
}
