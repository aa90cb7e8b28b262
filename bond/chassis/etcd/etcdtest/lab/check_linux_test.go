package lab

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/race"
)

// What the design promises of the median of nine rounds, on a machine with nothing else to do.
const (
	plannedLimit = 30 * time.Millisecond   // a planned change
	busyLimit    = 500 * time.Millisecond  // one, while the switch has to wait for a processor
	askedLimit   = 60 * time.Millisecond   // the same if the box has to ask for the switch's address
	deathLimit   = 900 * time.Millisecond  // the death of a box, with a hold time of 500 ms
	leaderLimit  = 1300 * time.Millisecond // the death of a box that etcd's leader is on
	quickLimit   = 250 * time.Millisecond  // the death of a process with a watchdog
	endLimit     = 700 * time.Millisecond  // the same if the end of a process proves nothing

	// steadyLimit is how long a flow may be silent while nothing changes for it. Requests are
	// flowEvery apart.
	steadyLimit = 100 * time.Millisecond
)

// calm is the hold time of tests whose times do not depend on it: a machine that is too busy to ask etcd
// for that long closes the LAG.
const calm = 2 * time.Second

// within fails the test if something that began at start took longer than a limit and the machine's
// lateness.
func within(t testing.TB, what string, took, limit time.Duration, start time.Time) {
	t.Helper()
	if slack := machine.Slack(start); took > limit+slack {
		t.Errorf("%s: %v, want at most %v, and %v for the lateness of the machine", what, milli(took), limit, milli(slack))
	}
}

// soon is within for a single round: it may take twice as long as the median, and with the race detector
// four times. TestFigures judges the medians.
func soon(t testing.TB, what string, took, limit time.Duration, start time.Time) {
	t.Helper()
	limit *= 2
	if race.Enabled {
		limit *= 2
	}
	within(t, what, took, limit, start)
}

// safe fails the test if two boxes could pass frames at the same time, or a closed one has.
func (b *bed) safe(v *verdict) {
	b.t.Helper()
	if v.overlap > 0 || v.closed > 0 || v.twice > 0 {
		b.t.Errorf("%d answers came from closed boxes, %d requests were answered twice (by %s), two boxes were open for %v; want none", v.closed, v.twice, v.by, v.overlap)
	}
}

// moved fails the test unless a box has taken over from another one safely.
func (b *bed) moved(v *verdict, from, to *box) {
	b.t.Helper()
	b.safe(v)
	if v.count[from.letter] == 0 || v.count[to.letter] == 0 {
		b.t.Errorf("answers: %v, want some of %s and then of %s", v, from.id, to.id)
	}
	if gap := v.gap(from.letter, to.letter); gap < 0 {
		b.t.Errorf("%s answered until %v after the first answer of %s", from.id, -gap, to.id)
	}
}

// movedInOrder fails the test unless a box has taken over from another one by a planned change that
// began at start.
func (b *bed) movedInOrder(v *verdict, from, to *box, start time.Time) {
	b.t.Helper()
	b.moved(v, from, to)
	soon(b.t, "silence of the worst flow", v.worst(), busyLimit, start)
}

// late is how late the machine may be before datagrams are lost that nothing else has lost.
const late = 20 * time.Millisecond

// unharmed fails the test unless one box answered all since start.
func (b *bed) unharmed(v *verdict, by *box, start time.Time) {
	b.t.Helper()
	b.safe(v)
	if lost := machine.Since(start) <= late && v.lost > 0; lost || v.count[by.letter] < v.sent-v.lost {
		b.t.Errorf("%v; want all answered by %s", v, by.id)
	}
	soon(b.t, "silence of the worst flow", v.worst(), steadyLimit, start)
}

// still fails the test unless a box carries the LAG in the epoch it had.
func (b *bed) still(one *box, epoch uint64) {
	b.t.Helper()
	if st := one.status(); st.Left == 0 || st.Active != one.id || st.Epoch != epoch {
		b.t.Errorf("status of %s: %+v, want active in epoch %d", one.id, st, epoch)
	}
}
