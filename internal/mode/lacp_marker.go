package mode

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// Markers find out whether the frames sent on a member have arrived (6.5).

// question is why a path is flushed.
type question struct {
	id         ID
	engine     bool   // the System asks
	generation uint64 // else the caller of Flush
}

// Flush implements [Flusher].
func (l *LACP) Flush(now time.Time, generation uint64, ids []ID) {
	for _, id := range ids {
		l.ask(now, id, question{id: id, generation: generation})
	}
	l.settleMarkers(now)
}

// Delivers implements [Flusher]. A partner that hears us and has taken the link out of use has
// received what was sent before.
func (l *LACP) Delivers(id ID) bool {
	p, ok := l.sys.Peer(l.Port(id))
	return ok && p.Current && p.Info.State&(lacp.StateExpired|lacp.StateDefaulted) == 0
}

// Forget implements [Flusher]. Until it is called, a Marker finds out when the frames sent on
// a member that was removed have arrived.
func (l *LACP) Forget(now time.Time, id ID) {
	_ = l.markers.RemovePort(now, l.Port(id)) // fails only without the port
	l.settleMarkers(now)
}

// ask starts to find out when everything sent on the member has arrived, or can't arrive any
// more. If no answer comes, the timeout ends it.
func (l *LACP) ask(now time.Time, id ID, q question) {
	flush, err := l.markers.Flush(now, l.Port(id), marker.WholeMember)
	if err != nil {
		l.add(Effect{Kind: EffectFailed, Member: id, Err: err})
		return
	}
	l.asked[flush] = q
}

// settleMarkers turns the actions of the Marker Generator into effects.
func (l *LACP) settleMarkers(now time.Time) {
	empty := false
	for _, a := range l.markers.Actions() {
		switch a.Kind {
		case marker.ActionTransmit:
			l.send(Effect{Kind: EffectSend, Member: l.id(a.Port), marker: true, transaction: a.PDU.TransactionID}, a.AppendFrame)
		case marker.ActionDone:
			q, asked := l.asked[a.Flush.ID]
			delete(l.asked, a.Flush.ID)
			switch {
			case !asked:
			case q.engine:
				_ = l.sys.Flushed(now, l.Port(q.id)) // the port may be gone by now
				empty = true
			default:
				l.add(Effect{Kind: EffectEmpty, Member: q.id, Generation: q.generation})
			}
		}
	}
	if empty {
		l.settle(now)
	}
}
