package bond

import (
	"time"

	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/internal/promises"
)

// sendControl sends a slow-protocols frame of the mode, or keeps it until the plan that it needs
// is in use. It reports whether sending failed.
func (b *Bond) sendControl(now time.Time, e mode.Effect) (failed bool) {
	m := b.members[e.Member]
	e, ok := m.waiting.Put(now, e, b.plansOf(m))
	return ok && b.write(m, "LACPDU or Marker", e.Frame)
}

// plansOf returns how far the plane is with its plans for a member. Until the first plan is in use,
// the plane goes on by that of an earlier process, which announced the same.
func (b *Bond) plansOf(m *member) promises.Plans {
	return promises.Plans{
		Busy: b.work.Busy(),
		Opens: b.plan != b.newest && b.plan.Generation != 0 &&
			!memberIn(b.plan, m.id).Collecting && memberIn(b.newest, m.id).Collecting,
	}
}

// write sends a slow-protocols frame and reports whether that failed.
func (b *Bond) write(m *member, what string, frame []byte) (failed bool) {
	err := m.link.WriteControl(frame)
	if err != nil {
		b.log.Warn(what+" not sent", "member", m.link.Name(), "error", err)
	}
	return err != nil
}

// keepPromises sends the frames whose plan is in use by now, and those that have waited long
// enough. It returns those that could not be sent.
func (b *Bond) keepPromises(now time.Time) (failed []mode.Effect) {
	for m := range b.members.present {
		for _, e := range m.waiting.Take(now, b.plansOf(m)) {
			if b.write(m, "LACPDU or Marker", e.Frame) {
				failed = append(failed, e)
			}
		}
	}
	return failed
}
