package bond

import (
	"time"

	"github.com/lagkit/lagkit/internal/mode"
)

// Asked is a member that a fakeFlusher was asked to flush.
type Asked struct {
	Name       string
	id         mode.ID
	generation uint64
}

type fakeFlusher struct {
	mode.Machine
	bond  *Bond
	asked *[]Asked
}

func (f fakeFlusher) Flush(_ time.Time, generation uint64, ids []mode.ID) {
	for _, id := range ids {
		*f.asked = append(*f.asked, Asked{f.bond.members[id].link.Name(), id, generation})
	}
}

func (fakeFlusher) Delivers(mode.ID) bool { return true }

func (fakeFlusher) Forget(time.Time, mode.ID) {}

// FakeFlusher replaces the bond's flusher with one that learns from Flushed when paths are
// empty.
func (b *Bond) FakeFlusher() *[]Asked {
	asked := new([]Asked)
	b.do(func() { b.mode = fakeFlusher{b.mode, b, asked} })
	return asked
}

// Flushed reports that the path is empty.
func (b *Bond) Flushed(a Asked) {
	e := mode.Effect{Kind: mode.EffectEmpty, Member: a.id, Generation: a.generation}
	b.do(func() { b.applyEffect(time.Now(), e, true) })
}

// SetAnswerLimit sets how long a Marker Response waits for data.
func (b *Bond) SetAnswerLimit(d time.Duration) { b.do(func() { b.answers.Limit = d }) }
