package marker

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// ActionKind says what an [Action] is.
type ActionKind uint8

// The kinds of actions.
const (
	// ActionTransmit: send [Action.AppendFrame] on the port now, behind all data
	// frames queued there. If that fails say so with [Generator.TransmitFailed].
	ActionTransmit ActionKind = 1 + iota
	// ActionDone: Flush has ended with Result.
	ActionDone
)

// Action is what a [Generator] asks for or reports.
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

// Receive takes a frame received on port n and reports whether it ended a flush.
// Frames that are not a Marker Response to a Marker of this Generator on this port
// change nothing but a counter. An answer stands for the port's earlier Markers
// too, whose own answers were lost: frames of a link stay in order.
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

// TransmitFailed says that the Marker of this transaction could not be sent. Its
// flushes ask again when the port may send its next Marker, until they time out.
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
	// At once it would most likely fail again.
	at, _ := g.find(n)
	g.ports[at].notBefore = g.now.Add(retryTime)
}

// retryTime is how long a port waits after a Marker could not be sent.
const retryTime = time.Second / MarkersPerSecond

// Advance ends the flushes that are due, with ResultTimeout.
func (g *Generator) Advance(now time.Time) {
	g.setNow(now)
	g.end(ResultTimeout, &g.counters.TimedOut, func(f *flush) bool { return !f.due.After(g.now) })
}

// Deadline returns when Advance and then Actions have something to do, if no
// other input comes before; zero if never.
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

// Actions returns what is to be done, in order, and forgets it: Markers for the
// flushes that may send theirs, one for all of a port, and flushes that have
// ended. The slice is valid until the next call of a method.
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

// send makes a Marker for all flushes of a port that wait for one.
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

// end ends the flushes that match and returns how many.
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
