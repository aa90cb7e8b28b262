package marker

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// ResponsesPerSecond is the maximum number of Marker Responses a [Responder] sends in
// any second. It is the limit on frames of one slow protocol (802.3 Annex 57A).
const ResponsesPerSecond = 10

// Responder is the Marker Responder of one port (6.5.4.2). It answers in every state of
// LACP on the port.
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

// Respond appends the answer to a received frame to b and reports whether there is an
// answer. It does not answer a frame that is not a valid Marker to one of the group
// addresses, a Marker Response, or a frame that the port itself has sent. Beyond the
// limit it answers no frame.
//
// The answer repeats the contents of the Marker, including pad and reserved octets, up
// to the length of a Marker PDU.
//
// The answer means that every frame received before the Marker has been passed on. A
// caller that passes frames on in the background must wait for that before it sends
// the answer.
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
