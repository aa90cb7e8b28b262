package intake

import "time"

// tokenBucket limits a rate: the number of tokens per second, and the number that can be taken
// at once.
type tokenBucket struct {
	last      time.Time
	tokens    float64
	rate, max float64
}

func newTokenBucket(now time.Time, perSecond, burst float64) *tokenBucket {
	return &tokenBucket{last: now, tokens: burst, rate: perSecond, max: burst}
}

// take reports whether one more token is within the limit, and takes it if so.
func (t *tokenBucket) take(now time.Time) bool {
	t.tokens = min(t.max, t.tokens+t.rate*now.Sub(t.last).Seconds())
	t.last = now
	if t.tokens < 1 {
		return false
	}
	t.tokens--
	return true
}
