package marker

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// ActionKind is the kind of an [Action].
type ActionKind uint8

// The kinds of actions.
const (
	// ActionTransmit asks to send the frame of [Action.AppendFrame] on the port now,
	// after all data frames queued there. If that fails, call
	// [Generator.TransmitFailed].
	ActionTransmit ActionKind = 1 + iota
	// ActionDone reports that Flush has ended with Result.
	ActionDone
)

// Action is a request or a report of a [Generator].
type Action struct {
	Kind ActionKind
	Port lacp.PortNumber

	PDU                 PDU // with ActionTransmit
	Source, Destination lacp.MAC

	Flush  Flush // with ActionDone
	Result Result
}

// AppendFrame appends the Ethernet frame of an ActionTransmit to b.
func (a *Action) AppendFrame(b []byte) []byte {
	b = appendHeader(b, a.Destination, a.Source)
	b, _ = a.PDU.AppendBinary(b)
	return b
}

// Receive processes a frame received on port n and reports whether it ended a flush.
// A frame that is not a Marker Response to a Marker of this Generator on this port
// changes at most a counter. An answer also counts for the port's earlier Markers
// whose own answers were lost, since frames of a link stay in order.
func (g *Generator) Receive(now time.Time, n lacp.PortNumber, frame []byte) bool {
	f := lacp.ParseSlow(frame)
	if f.Kind != lacp.SlowMarkerResponse || !f.Untagged() || !f.ToGroup() {
		return false
	}
	var p PDU
	_ = p.UnmarshalBinary(f.PDU) // ParseSlow has checked it
	g.setNow(now)
	at := slices.IndexFunc(g.flushes, func(f flush) bool { return f.sent && f.Port == n && f.id == p.TransactionID })
	if at < 0 || p.RequesterSystem != g.cfg.System || p.RequesterPort != n {
		g.counters.Unexpected++
		return false
	}
	answered := p.TransactionID
	g.end(ResultAnswered, &g.counters.Answered, func(f *flush) bool {
		return f.Port == n && f.sent && int32(f.id-answered) <= 0
	})
	return true
}

// TransmitFailed reports that the Marker of this transaction could not be sent. Its
// flushes send another when the port may send its next Marker, until they time out.
func (g *Generator) TransmitFailed(now time.Time, n lacp.PortNumber, transaction uint32) {
	g.setNow(now)
	failed := false
	for i := range g.flushes {
		if f := &g.flushes[i]; f.sent && f.Port == n && f.id == transaction {
			f.sent, failed = false, true
		}
	}
	if !failed {
		return
	}
	g.counters.TxErrors++
	g.counters.MarkerPDUsTx--
	// An immediate retry would most likely fail again.
	at, _ := g.find(n)
	g.ports[at].notBefore = g.now.Add(retryTime)
}

// retryTime is how long a port waits after it failed to send a Marker.
const retryTime = time.Second / MarkersPerSecond

// Advance ends the flushes whose timeout has expired with ResultTimeout.
func (g *Generator) Advance(now time.Time) {
	g.setNow(now)
	g.end(ResultTimeout, &g.counters.TimedOut, func(f *flush) bool { return !f.due.After(g.now) })
}

// Deadline returns when to call Advance and then Actions if no other input comes
// before; zero if no flush is under way.
func (g *Generator) Deadline() time.Time {
	var at time.Time
	for i := range g.flushes {
		f := &g.flushes[i]
		next := f.due
		if !f.sent {
			p, _ := g.find(f.Port)
			if free := g.ports[p].free(); free.Before(next) {
				next = free
			}
		}
		if next.Before(g.now) {
			next = g.now
		}
		if at.IsZero() || next.Before(at) {
			at = next
		}
	}
	return at
}

// Actions returns the pending actions, in order, and removes them. They are Markers
// for the flushes that may send theirs now, where all flushes of a port share one
// Marker, and the flushes that have ended. The slice is valid until the next call of a
// method.
func (g *Generator) Actions() []Action {
	for i := range g.flushes {
		if !g.flushes[i].sent {
			g.send(g.flushes[i].Port)
		}
	}
	a := g.actions
	g.actions = g.actions[:0]
	return a
}

// send emits one Marker for all flushes of a port that wait for one, if the limit
// allows it.
func (g *Generator) send(n lacp.PortNumber) {
	at, _ := g.find(n)
	p := &g.ports[at]
	if g.now.Before(p.notBefore) || !p.limit.take(g.now) {
		return
	}
	id := g.nextTID
	g.nextTID++
	for i := range g.flushes {
		if f := &g.flushes[i]; f.Port == n && !f.sent {
			f.sent, f.id = true, id
		}
	}
	g.counters.MarkerPDUsTx++
	g.actions = append(g.actions, Action{
		Kind:   ActionTransmit,
		Port:   n,
		PDU:    PDU{RequesterPort: n, RequesterSystem: g.cfg.System, TransactionID: id},
		Source: p.source, Destination: g.cfg.Destination,
	})
}

// end ends the matching flushes and returns their number.
func (g *Generator) end(r Result, count *uint64, match func(*flush) bool) (ended int) {
	kept := g.flushes[:0]
	for i := range g.flushes {
		f := &g.flushes[i]
		if !match(f) {
			kept = append(kept, *f)
			continue
		}
		ended++
		g.actions = append(g.actions, Action{Kind: ActionDone, Port: f.Port, Flush: f.Flush, Result: r})
	}
	*count += uint64(ended)
	g.flushes = kept
	return ended
}
