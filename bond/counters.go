package bond

import (
	"sync/atomic"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/marker"
)

// Counters count the data frames of one member since it was added.
type Counters struct {
	RxFrames, RxOctets uint64 // received, whether delivered or not
	TxFrames, TxOctets uint64 // taken by the link

	RxNotCollecting uint64 // received and discarded, since the member did not collect
	TxErrors        uint64 // refused by the link
	ControlLimited  uint64 // slow-protocols frames ignored beyond 20 a second of a kind (partner's LACPDUs, others', Markers, ...)

	Marker marker.Counters
	Link   link.Stats // what the link itself counts, where it does
}

// BondCounters count what concerns no member.
type BondCounters struct {
	TxNoMember    uint64 // frames dropped because no member distributed
	TxTooLong     uint64 // frames dropped because of the MTU
	TxInvalid     uint64 // frames dropped that were no data frames
	RxDropped     uint64 // frames the device or the receive queue had no room for
	TxHeld        uint64 // frames held back for a moment since their flow moved to another member
	TxHoldDropped uint64 // frames dropped because more than 16,384 frames or 16 MiB were held
	RxMalformed   uint64 // frames with an Offload that contradicts them

	// RxOtherStation counts frames to the MAC addresses of other stations, which a
	// device that is not promiscuous and a [Bond.PacketConn] do not take.
	RxOtherStation uint64
}

// dataCounters are the counters of a member that the data path writes, once a batch.
type dataCounters struct {
	rxFrames, rxOctets, rxNotCollecting atomic.Uint64
	txFrames, txOctets, txErrors        atomic.Uint64
	controlLimited                      atomic.Uint64
}

type bondCounters struct {
	txNoMember, txTooLong, txInvalid, rxDropped, rxOtherStation, rxMalformed, txHeld, txHoldDropped atomic.Uint64
}

func octets(frames []link.Frame) (n uint64) {
	for i := range frames {
		n += uint64(len(frames[i].Data))
	}
	return n
}

func (c *dataCounters) received(frames []link.Frame) {
	c.rxFrames.Add(uint64(len(frames)))
	c.rxOctets.Add(octets(frames))
}

func (c *dataCounters) sent(frames []link.Frame) {
	c.txFrames.Add(uint64(len(frames)))
	c.txOctets.Add(octets(frames))
}

// refused counts a frame that plan.check refused.
func (c *bondCounters) refused(err error) {
	switch err {
	case ErrTooLong:
		c.txTooLong.Add(1)
	default:
		c.txInvalid.Add(1)
	}
}

// add adds what another member has counted.
func (c *Counters) add(o Counters) {
	c.RxFrames += o.RxFrames
	c.RxOctets += o.RxOctets
	c.TxFrames += o.TxFrames
	c.TxOctets += o.TxOctets
	c.RxNotCollecting += o.RxNotCollecting
	c.TxErrors += o.TxErrors
	c.ControlLimited += o.ControlLimited
	c.Marker.MarkerResponsePDUsTx += o.Marker.MarkerResponsePDUsTx
	c.Marker.Suppressed += o.Marker.Suppressed
	c.Marker.Looped += o.Marker.Looped
	c.Link.Add(o.Link)
}

func (m *member) counters() Counters {
	c := Counters{
		RxFrames: m.data.rxFrames.Load(), RxOctets: m.data.rxOctets.Load(),
		TxFrames: m.data.txFrames.Load(), TxOctets: m.data.txOctets.Load(),
		RxNotCollecting: m.data.rxNotCollecting.Load(),
		TxErrors:        m.data.txErrors.Load(),
		ControlLimited:  m.data.controlLimited.Load(),
		Marker:          m.responder.Counters(),
	}
	if l, ok := m.link.(link.StatsReader); ok {
		c.Link = l.Stats()
	}
	return c
}

func (b *Bond) counters() BondCounters {
	return BondCounters{
		TxNoMember: b.data.txNoMember.Load(), TxTooLong: b.data.txTooLong.Load(), TxInvalid: b.data.txInvalid.Load(),
		TxHeld: b.data.txHeld.Load(), TxHoldDropped: b.data.txHoldDropped.Load(),
		RxDropped: b.data.rxDropped.Load(), RxOtherStation: b.data.rxOtherStation.Load(), RxMalformed: b.data.rxMalformed.Load(),
	}
}
