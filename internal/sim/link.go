package sim

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Impairment describes what one direction of a link does to frames.
type Impairment struct {
	Delay     time.Duration // of each frame
	Jitter    time.Duration // added to Delay, uniformly from 0; it reorders frames
	Loss      float64       // share of frames lost, 0 to 1
	Duplicate float64       // share of frames that arrive twice, 0 to 1
	Corrupt   float64       // share of frames with some bits flipped, 0 to 1
	Drop      int           // number of next frames to lose
	Cut       bool          // all frames are lost; carrier stays
}

// Link connects two ports.
type Link struct {
	// Direction is the impairment of frames from the first to the second end
	// ([0]) and back ([1]).
	Direction [2]Impairment

	network *Network
	ends    [2]*Port
	carrier [2]bool
}

// Connect connects two ports by a new link without carrier. It replaces the links they
// have.
func (n *Network) Connect(a, b *Port) *Link {
	l := &Link{network: n, ends: [2]*Port{a, b}}
	for end, p := range l.ends {
		p.Unplug()
		p.link, p.end = l, end
		p.report()
	}
	return l
}

// Unplug removes the port's link from both ends.
func (p *Port) Unplug() {
	if p.link == nil {
		return
	}
	for _, q := range p.link.ends {
		q.link = nil
		q.report()
	}
}

// SetCarrier sets the carrier at both ends.
func (l *Link) SetCarrier(up bool) {
	l.carrier = [2]bool{up, up}
	for _, p := range l.ends {
		p.report()
	}
}

// SetCarrierAt sets the carrier as p's end sees it.
func (l *Link) SetCarrierAt(p *Port, up bool) {
	l.carrier[p.end] = up
	p.report()
}

// LinkOf returns the port's link, or nil if it has none.
func (p *Port) LinkOf() *Link { return p.link }

// Outgoing returns the impairment of the frames that the port sends.
func (p *Port) Outgoing() (*Impairment, error) {
	if p.link == nil {
		return nil, errNoLink
	}
	return &p.link.Direction[p.end], nil
}

// send sends a LACPDU over the port's link.
func (p *Port) send(a *lacp.Action) {
	n := p.Node.network
	if n.OnTransmit != nil {
		n.OnTransmit(p, a)
	}
	if !p.Node.waking {
		n.fail(p.checkSent(a))
	}
	if p.link == nil || !p.link.carrier[p.end] {
		return
	}
	i := &p.link.Direction[p.end]
	if i.Drop > 0 {
		i.Drop--
		return
	}
	if i.Cut || i.Loss > 0 && n.rand.Float64() < i.Loss {
		return
	}
	copies := 1
	if i.Duplicate > 0 && n.rand.Float64() < i.Duplicate {
		copies = 2
	}
	e := event{to: p.Peer(), link: p.link}
	a.AppendFrame(e.frame[:0])
	if i.Corrupt > 0 && n.rand.Float64() < i.Corrupt {
		e.corrupt = true
		for range 1 + n.rand.IntN(3) {
			e.frame[n.rand.IntN(len(e.frame))] ^= 1 << n.rand.IntN(8)
		}
	}
	for range copies {
		delay := i.Delay
		if i.Jitter > 0 {
			delay += time.Duration(n.rand.Int64N(int64(i.Jitter)))
		}
		n.maxDelay = max(n.maxDelay, delay)
		e.at = n.now + delay
		n.schedule(e)
	}
}
