package lab

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// What is promised. Where two figures are named, the peer with itself in the same
// run is the measure if that takes longer.
const (
	formMost    = 2300 * time.Millisecond // the standard's wait-while and the exchange
	noWaitMost  = 100 * time.Millisecond  // and a second if the first LACPDUs cross and use up the three of a second
	stopMost    = 3300 * time.Millisecond // three LACPDUs lost, and what it takes to say so
	slowStop    = 90 * time.Second        // three LACPDUs at the slow rate take so much longer
	leaveMost   = 1 * time.Second
	changeMost  = 4 * time.Second // until the next LACPDU, wait-while, and the exchange
	takeoverMax = 1 * time.Second

	// underWayMost is how many echo requests are on a cable when it is pulled: one,
	// and the answer to one.
	underWayMost = 2

	// busyMost is what the short run gives in addition, or more where the machine is that
	// late: it is for whatever machine there is and looks for what is broken. The run that
	// makes the table gives nothing.
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

// miss is a figure that is worse than promised.
type miss struct {
	figure figureName
	text   string
	why    *explanation // nil: nothing explains it
}

// judge returns the misses of a result of our end; self is what the peer with
// itself did, nil if that was not run.
func (r *result) judge(self *figures) (misses []miss) {
	f := &r.figures
	var theirs figures
	if self != nil {
		theirs = *self
	}
	late := func(name figureName, got, most, self time.Duration) {
		if most = max(most, self) + r.slack; got > most {
			misses = append(misses, miss{figure: name, text: fmt.Sprintf("%s after %s, promised %s", name, seconds(got), seconds(most))})
		}
	}
	lost := func(most int) {
		if f.lost > most {
			misses = append(misses, miss{figure: figureLost, text: fmt.Sprintf("lost %d, promised %d", f.lost, most)})
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

// unexplained reports whether the case did not come to its end, or missed what is
// promised without a reason of the peer's.
func (r *result) unexplained(self *figures) bool {
	return r.failed || slices.ContainsFunc(r.judge(self), func(m miss) bool { return m.why == nil })
}

// judge fails the test for each miss that nothing explains.
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

// itself returns what the peer of a result did with another of its kind: in the
// same configuration, or if a peer can't have that in the plain one.
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
