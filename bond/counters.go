package bond

import (
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/marker"
)

// Counters count the data frames of one member since it was added.
type Counters struct {
	RxFrames, RxOctets uint64 // received, whether delivered or not
	TxFrames, TxOctets uint64 // taken by the link

	RxNotCollecting uint64 // received and discarded because the member did not collect
	TxErrors        uint64 // refused by the link
	LinkFailures    uint64 // times the link went down, for longer than the down delay
	ControlLimited  uint64 // slow-protocols frames ignored beyond 20 a second of each kind (partner's LACPDUs, others' LACPDUs, Markers, ...)

	Marker marker.Counters
	Link   link.Stats // the link's own counters, if it has any
}

// BondCounters count the frames that belong to no member.
type BondCounters = plane.Counters

// add adds the counters of another member.
func (c *Counters) add(o Counters) {
	c.RxFrames += o.RxFrames
	c.RxOctets += o.RxOctets
	c.TxFrames += o.TxFrames
	c.TxOctets += o.TxOctets
	c.RxNotCollecting += o.RxNotCollecting
	c.TxErrors += o.TxErrors
	c.LinkFailures += o.LinkFailures
	c.ControlLimited += o.ControlLimited
	c.Marker.MarkerResponsePDUsTx += o.Marker.MarkerResponsePDUsTx
	c.Marker.Suppressed += o.Marker.Suppressed
	c.Marker.Looped += o.Marker.Looped
	c.Link.Add(o.Link)
}
