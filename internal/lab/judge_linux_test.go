package lab

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// The limits. If two figures are named, the limit is that of the peer with itself in the same
// run if that takes longer.
const (
	formMost    = 2300 * time.Millisecond // the standard's wait-while and the exchange
	noWaitMost  = 100 * time.Millisecond  // plus a second if the first LACPDUs cross and use up the three of a second
	stopMost    = 3300 * time.Millisecond // three lost LACPDUs, and the time to report it
	slowStop    = 90 * time.Second        // additional time for three LACPDUs at the slow rate
	leaveMost   = 1 * time.Second
	changeMost  = 4 * time.Second // until the next LACPDU, wait-while, and the exchange
	takeoverMax = 1 * time.Second

	// underWayMost is how many echo requests are on a cable when it is pulled: one, and the
	// answer to one.
	underWayMost = 2

	// busyMost is the extra time in the short run, or more if the machine is later than that.
	// The short run has to work on any machine and looks for failures. The run that makes the
	// table has no extra time.
	busyMost = 700 * time.Millisecond
)

// figureName is one of the figures of a case.
type figureName string

const (
	figureForm  figureName = "in use"
	figureBack  figureName = "back"
	figureStopA figureName = "first end stops"
	figureStopB figureName = "second end stops"
	figureLost  figureName = "lost"
)

// miss is a figure that misses its limit.
type miss struct {
	figure figureName
	text   string
	why    *explanation // nil: unexplained
}

// judge returns the misses in a result of our end. self is the result of the peer with itself,
// nil if that did not run.
func (r *result) judge(self *figures) (misses []miss) {
	f := &r.figures
	var theirs figures
	if self != nil {
		theirs = *self
	}
	late := func(name figureName, got, most, self time.Duration) {
		if most = max(most, self) + r.slack; got > most {
			misses = append(misses, miss{figure: name, text: fmt.Sprintf("%s after %s, want at most %s", name, seconds(got), seconds(most))})
		}
	}
	lost := func(most int) {
		if f.lost > most {
			misses = append(misses, miss{figure: figureLost, text: fmt.Sprintf("lost %d, want at most %d", f.lost, most)})
		}
	}
	silent := func() {
		if f.silent {
			misses = append(misses, miss{figure: figureStopB, text: f.note})
		}
	}
	compared := self != nil || r.b == ours
	stop := stopMost
	if r.config.slow {
		stop += slowStop
	}
	switch r.kind {
	case caseForm:
		switch {
		case r.config.noWait && f.limited:
			late(figureForm, f.form, noWaitMost+lacp.FastPeriodicTime, 0)
		case r.config.noWait:
			late(figureForm, f.form, noWaitMost, 0)
		case compared:
			late(figureForm, f.form, formMost, theirs.form)
		}
		lost(0)
	case caseCarrier, caseIndividual:
		if compared {
			lost(theirs.lost + underWayMost)
			late(figureBack, f.back, changeMost, theirs.back)
		}
	case caseTakeover:
		late(figureForm, f.form, takeoverMax, 0)
		late(figureBack, f.back, changeMost, 0)
	case caseOneWay, caseSilence:
		late(figureStopA, f.stopA, stop, 0)
		late(figureStopB, f.stopB, stop, 0)
		silent()
		if compared {
			late(figureBack, f.back, changeMost, theirs.back)
		}
	case caseChange:
		if compared {
			late(figureForm, f.form, changeMost, theirs.form)
			late(figureBack, f.back, changeMost, theirs.back)
		}
	case caseLeave:
		late(figureStopA, f.stopA, leaveMost, 0)
		late(figureStopB, f.stopB, leaveMost, 0)
		silent()
		if compared {
			late(figureBack, f.back, changeMost, theirs.back)
		}
	}
	for i := range misses {
		misses[i].why = explain(r, &misses[i])
	}
	return misses
}

// unexplained reports whether the case did not finish, or missed a limit without an
// explanation in the peer.
func (r *result) unexplained(self *figures) bool {
	return r.failed || slices.ContainsFunc(r.judge(self), func(m miss) bool { return m.why == nil })
}

// judge fails the test for each unexplained miss.
func (r *report) judge(t *testing.T) {
	t.Helper()
	for i := range r.results {
		one := &r.results[i]
		if one.a != ours || one.failed {
			continue
		}
		one.misses = one.judge(r.itself(one))
		for _, m := range one.misses {
			where := fmt.Sprintf("%s, %s, %s: %s", one.b.name, one.config, one.name, m.text)
			if m.why == nil {
				t.Error(where)
			} else {
				t.Logf("%s: %s", where, m.why.text)
			}
		}
	}
}

// itself returns the result of the peer with another of its kind, in the same configuration
// or, if a peer does not support that, in the plain one.
func (r *report) itself(one *result) *figures {
	var found *figures
	for i := range r.results {
		other := &r.results[i]
		if one.b == ours || other.a != one.b || other.b != one.b || other.name != one.name || other.failed {
			continue
		}
		if other.config == one.config {
			return &other.figures
		}
		if other.config == plain && !one.config.slow {
			found = &other.figures
		}
	}
	return found
}
