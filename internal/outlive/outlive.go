// Package outlive lets a data plane go on while no process controls it: from the end of one
// process to the start of the next, but no longer than the partner waits.
package outlive

import (
	"errors"
	"iter"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/pace"
)

// Life is what control does so that a plane goes on. The zero value is that of a plane that ends
// with the process.
type Life struct {
	extends plane.Extender // nil: it does not end by itself
	keeps   plane.Keeper   // nil: it ends with the process
	lease   pace.Lease
	adopted time.Time // until when the first plan may wait; zero: it does not wait
}

// adoption is how long the plan of an earlier process stays in use at most.
const adoption = time.Second

// Of returns the life of a plane that was just opened.
func Of(now time.Time, p plane.Plane) (l Life) {
	l.extends, _ = p.(plane.Extender)
	l.keeps, _ = p.(plane.Keeper)
	if l.keeps != nil && l.keeps.Kept() {
		l.adopted = now.Add(adoption)
	}
	return l
}

// Waits reports whether the plane stays with the plan of an earlier process for now: the states of
// the links are not all known yet, so that a new plan would take members out that carry data.
func (l *Life) Waits(now time.Time, known bool) bool {
	if known || !now.Before(l.adopted) {
		l.adopted = time.Time{}
	}
	return !l.adopted.IsZero()
}

// Adopting reports whether the first plan waits.
func (l *Life) Adopting() bool { return !l.adopted.IsZero() }

// Next returns when control has to call Renew; zero if never.
func (l *Life) Next() time.Time {
	if next := l.lease.Next(); l.adopted.IsZero() || !next.IsZero() && next.Before(l.adopted) {
		return next
	}
	return l.adopted
}

// Changed makes the next Renew due.
func (l *Life) Changed() { l.lease = pace.Lease{} }

// Renew lets the plane go on for as long as the partner waits, for ever if that is 0. It returns
// true if it was due.
func (l *Life) Renew(now time.Time, partnerWaits time.Duration) bool {
	if l.extends == nil && l.keeps == nil || l.Adopting() || !l.lease.Renew(now, partnerWaits) {
		return false
	}
	if l.extends != nil {
		l.extends.Extend(partnerWaits)
	}
	return true
}

// Keep makes Close leave the plane and its members as they are. It does nothing if the plane ends
// with the process.
func (l *Life) Keep(members iter.Seq[link.Port]) error {
	if l.keeps == nil {
		return nil
	}
	l.keeps.Keep()
	var errs []error
	for m := range members {
		if k, ok := m.(link.Keeper); ok {
			errs = append(errs, k.Keep())
		}
	}
	return errors.Join(errs...)
}
