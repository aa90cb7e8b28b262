package user

import (
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// fence is the time of plane.Clock until when frames pass.
type fence struct{ until atomic.Int64 }

// closed reports whether no frame may pass. It is asked once for each batch. It reads the clock
// only if there is a limit.
func (f *fence) closed() bool {
	until := f.until.Load()
	return until != int64(plane.Forever) && int64(plane.Clock()) >= until
}

// Permit lets frames pass until a time of [plane.Clock]. A new plane lets them pass forever.
// Frames that are dropped after that time count like those without a member that distributes or
// collects.
func (u *Plane) Permit(until time.Duration) { u.fence.until.Store(int64(until)) }
