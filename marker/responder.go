package marker

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// ResponsesPerSecond is the most Marker Responses a [Responder] sends in any
// second: the limit on frames of one slow protocol (802.3 Annex 57A).
const ResponsesPerSecond = 10

// Responder is the Marker Responder of one port (6.5.4.2). It answers whatever
// the states of LACP on the port are.
//
// It is not safe for concurrent use.
type Responder struct {
	// Source is the port's own address.
	Source lacp.MAC
	// Destination is the group address LACPDUs are sent to; zero means
	// lacp.SlowProtocolsMulticast.
	Destination lacp.MAC

	limit    limiter[responses]
	counters Counters
}

// Counters count what a [Responder] did.
type Counters struct {
	MarkerResponsePDUsTx uint64 // responses made
	Suppressed           uint64 // Markers not answered because of the limit
	Looped               uint64 // Markers not answered because they were our own
}

// Counters returns the counters.
func (r *Responder) Counters() Counters { return r.counters }

// Respond appends to b the frame that answers a received frame and reports
// whether there is an answer. There is none for a frame that is not a valid
// Marker to one of the group addresses, for a Marker Response, for a frame that
// the port itself has sent, and beyond the limit.
//
// The answer repeats what the Marker holds, pad and reserved octets too, up to
// the length of a Marker PDU.
//
// A caller that passes frames on in the background must have passed on all that
// were received before this one when it sends the answer: that is what it says.
func (r *Responder) Respond(now time.Time, frame, b []byte) ([]byte, bool) {
	f := lacp.ParseSlow(frame)
	if f.Kind != lacp.SlowMarker || !f.Untagged() || !f.ToGroup() {
		return b, false
	}
	if f.Source == r.Source {
		r.counters.Looped++
		return b, false
	}
	if !r.limit.take(now) {
		r.counters.Suppressed++
		return b, false
	}
	r.counters.MarkerResponsePDUsTx++

	destination := r.Destination
	if destination == (lacp.MAC{}) {
		destination = lacp.SlowProtocolsMulticast
	}
	b = appendHeader(b, destination, r.Source)
	n := len(b)
	b = append(b, f.PDU[:PDULen]...)
	b[n+offType] = typeResponse
	return b, true
}
