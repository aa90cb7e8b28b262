package bond

import (
	"context"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/handing"
)

// await makes a bond that is handed over wait for Resume.
func (b *Bond) await(s *handing.Bond) error {
	b.pause.heir = s
	b.system, b.gates, b.enough = s.System, s.Gates, s.Enough
	b.dev.wanted = shown{s.Carrier, s.Speed}
	b.dev.applied, b.dev.want.MTU = b.dev.wanted, s.DeviceMTU
	return b.holdWorker(context.Background())
}

// inheritMember gives a member the state that it had in the process before.
func (b *Bond) inheritMember(m *member, e *handing.Member) {
	m.drained, m.addr, m.want.MTU = e.Drained, e.Addr, e.MTU
	if m.phase != phaseGone {
		b.pause.members = append(b.pause.members, m)
	}
}

// inherit brings a bond from another process to where it was there, before it reads or sends a
// frame: the links that carried data come first, so that no other LAG or member is chosen.
func (b *Bond) inherit(now time.Time) {
	b.pause.quiet = true
	defer func() { b.pause.quiet = false }()
	if w, ok := b.device.(link.DeviceWatcher); ok {
		if st, ok := w.State(); ok {
			b.startDevice()
			b.deviceChanged(now, st)
		}
	}
	for _, carried := range []bool{true, false} {
		for _, m := range b.pause.members {
			if was := &b.pause.heir.Members[m.id]; was.Carries == carried {
				b.inheritLink(now, m, was.Up)
			}
		}
	}
}

// inheritLink passes the state of a member's link to the mode. If it was up in the process before,
// the up delay was over there.
func (b *Bond) inheritLink(now time.Time, m *member, wasUp bool) {
	select {
	case st := <-link.States(m.link):
		b.noteChanges(now, m, st)
		b.linkChanged(now, m, st)
		if !m.due.IsZero() && st.Up && wasUp {
			b.passState(now, m)
		}
	default: // its state comes later
	}
}

// neverRan ends what start would have begun.
func (b *Bond) neverRan() {
	b.openerEnded = make(chan struct{})
	close(b.openerEnded)
	close(b.stopped)
}
