package bond

import "time"

// Asked is a member that a fakeFlusher was asked to flush.
type Asked struct {
	Name string
	done func()
}

type fakeFlusher struct {
	controller
	asked *[]Asked
}

func (f fakeFlusher) flush(_ time.Time, members []*member, done func(*member)) {
	for _, m := range members {
		*f.asked = append(*f.asked, Asked{m.link.Name(), func() { done(m) }})
	}
}

func (fakeFlusher) delivers(*member) bool { return true }

func (fakeFlusher) forget(time.Time, *member) {}

// FakeFlusher replaces the bond's flusher with one that learns from Flushed when paths are
// empty.
func (b *Bond) FakeFlusher() *[]Asked {
	asked := new([]Asked)
	b.do(func() { b.mode = fakeFlusher{b.mode, asked} })
	return asked
}

// Flushed reports that the path is empty.
func (b *Bond) Flushed(a Asked) { b.do(a.done) }

// SetAnswerLimit sets how long a Marker Response waits for data.
func (b *Bond) SetAnswerLimit(d time.Duration) { b.do(func() { b.answerLimit = d }) }
