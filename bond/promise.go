package bond

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// A LACPDU that announces Collecting promises that the member's frames are delivered. If the plan
// for that is not in use yet, the LACPDU waits for it, but not for long: then it is sent without
// that promise, and again as it was once the plan is in use. So no LACPDU is late, and none
// announces what is not true.

// sendControl sends a slow-protocols frame of the mode, or keeps it until the plan that it needs
// is in use. It reports whether sending failed.
func (b *Bond) sendControl(now time.Time, e mode.Effect) (failed bool) {
	m := b.members[e.Member]
	p := &m.promise
	if lacp.ParseSlow(e.Frame).Kind != lacp.SlowLACPDU {
		if b.work.busy() && len(p.markers) < mostMarkers {
			p.markers = append(p.markers, clone(e))
			return false
		}
		return b.write(e)
	}
	if !b.promises(m, e.Frame) {
		p.lacpdu, p.due = nil, time.Time{}
		return b.write(e)
	}
	first := p.lacpdu == nil
	kept := clone(e)
	p.lacpdu = &kept
	if first {
		p.due = now.Add(promiseWait)
		return false
	}
	return p.due.IsZero() && b.write(withoutPromise(e))
}

// promises reports whether a LACPDU announces Collecting although only a plan that is not in use yet
// makes the member collect. Until the first plan is in use, the plane goes on by that of an earlier
// process, which announced the same.
func (b *Bond) promises(m *member, lacpdu []byte) bool {
	if b.plan == b.newest || b.plan.Generation == 0 || memberIn(b.plan, m.id).Collecting || !memberIn(b.newest, m.id).Collecting {
		return false
	}
	var pdu lacp.PDU
	return pdu.UnmarshalBinary(lacp.ParseSlow(lacpdu).PDU) == nil && pdu.Actor.State.Has(lacp.StateCollecting)
}

// withoutPromise returns a LACPDU's effect without Collecting and Distributing.
func withoutPromise(e mode.Effect) mode.Effect {
	body := lacp.ParseSlow(e.Frame).PDU
	var pdu lacp.PDU
	if pdu.UnmarshalBinary(body) != nil {
		return e // it is one of ours
	}
	pdu.Actor.State &^= lacp.StateCollecting | lacp.StateDistributing
	header := len(e.Frame) - len(body)
	e.Frame, _ = pdu.AppendBinary(slices.Clone(e.Frame[:header])) // it never fails
	return e
}

func clone(e mode.Effect) mode.Effect {
	e.Frame = slices.Clone(e.Frame)
	return e
}

// write sends a slow-protocols frame and reports whether that failed.
func (b *Bond) write(e mode.Effect) (failed bool) {
	l := b.members[e.Member].link
	err := l.WriteControl(e.Frame)
	if err != nil {
		b.log.Warn("LACPDU or Marker not sent", "member", l.Name(), "error", err)
	}
	return err != nil
}

// keepPromises sends the frames whose plan is in use by now, and those that have waited long
// enough. It returns those that could not be sent.
func (b *Bond) keepPromises(now time.Time) (failed []mode.Effect) {
	write := func(e mode.Effect) {
		if b.write(e) {
			failed = append(failed, e)
		}
	}
	for m := range b.members.present {
		p := &m.promise
		switch {
		case p.lacpdu == nil:
		case !b.promises(m, p.lacpdu.Frame):
			write(*p.lacpdu)
			p.lacpdu, p.due = nil, time.Time{}
		case !p.due.IsZero() && !p.due.After(now):
			write(withoutPromise(*p.lacpdu))
			p.due = time.Time{}
		}
		if !b.work.busy() {
			for _, e := range p.markers {
				write(e)
			}
			p.markers = nil
		}
	}
	return failed
}
