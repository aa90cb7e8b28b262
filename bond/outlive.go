package bond

import (
	"time"

	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// A plane in the kernel goes on from the end of one process to the start of the next.

// renewPlane lets the plane go on for as long as the partner waits, and passes the state that the
// next process needs to Config.Saved.
func (b *Bond) renewPlane(now time.Time) {
	if b.outlives.Adopting() {
		b.publish()
	}
	var waits time.Duration
	l := b.engine()
	if l != nil {
		waits = l.Patience()
	}
	if !b.fenced && !b.outlives.Adopting() {
		b.fence() // before the plane is extended
	}
	if !b.outlives.Renew(now, waits) || l == nil || b.cfg.Saved == nil {
		return
	}
	saved, then := b.saved(now, l), b.cfg.Saved
	b.worker.Post("save the protocol state", func() { then(saved) })
}

// saved returns the state that the next process needs.
func (b *Bond) saved(now time.Time, l *mode.LACP) lacp.Saved {
	saved := l.System().Save(now)
	saved.Epoch = b.permission.Epoch
	return saved
}
