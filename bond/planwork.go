package bond

import (
	"errors"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/mode"
)

// planWork is what a plane that waits for the kernel has not carried out yet. The zero value is
// that of a plane without work.
type planWork struct {
	since time.Time     // when the plane began to work on a plan; zero: it has no work
	late  bool          // that has been reported
	then  []func(error) // called once the plane has accepted or refused the newest plan
}

// planLimit is how long a plane may take for a plan before that is reported.
const planLimit = time.Second

// errPlanLate means that a plan is not in use although its time is over.
var errPlanLate = errors.New("the data plane has not carried out a plan within " + planLimit.String())

// begin records that the plane was given a plan.
func (w *planWork) begin(now time.Time) {
	if w.since.IsZero() {
		w.since = now
	}
}

// busy reports whether the plane works on a plan. Only some of its methods can be called then: see
// [plane.Waiter].
func (w *planWork) busy() bool { return !w.since.IsZero() }

// next returns when a plan is late; zero if none will be.
func (w *planWork) next() time.Time {
	if w.since.IsZero() || w.late {
		return time.Time{}
	}
	return w.since.Add(planLimit)
}

// memberIn returns a member's part in a plan; the zero value if it has none.
func memberIn(p *plane.Plan, id uint16) plane.Member {
	if int(id) < len(p.Members) {
		return p.Members[id]
	}
	return plane.Member{}
}

// promise is the slow-protocols frames of a member that wait for a plan.
type promise struct {
	lacpdu  *mode.Effect  // the newest; nil: none waits
	due     time.Time     // when it is sent without its promise; zero: that was done
	markers []mode.Effect // they have to follow the frames of the plan before
}

// promiseWait is how long a LACPDU waits for its plan.
const promiseWait = 50 * time.Millisecond

// mostMarkers is how many Markers of a member wait for a plan.
const mostMarkers = 8
