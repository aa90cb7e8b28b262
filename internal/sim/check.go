package sim

import (
	"fmt"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// record holds what the checks remember about a port. It is kept apart from the port's
// System.
type record struct {
	sent     [3]time.Duration // when the last LACPDUs left
	count    int
	farewell bool      // the port was removed; its last LACPDU is not limited
	heard    lacp.Info // Actor information of the newest LACPDU that arrived

	deafSince time.Duration // when the port began to distribute to a peer that does not collect
	deaf      bool

	// A shorter timeout applies from the next LACPDU on, not from the change.
	longTimeout time.Duration // longest timeout since the LACPDU received at longSince
	longSince   time.Time
}

// keepTimeout records the port's timeout before it changes.
func (r *record) keepTimeout(p *Port) {
	r.longTimeout, r.longSince = r.timeout(p), p.Status().LastRx
}

// timeout returns how long the port may wait for a LACPDU after the last one.
func (r *record) timeout(p *Port) time.Duration {
	t := lacp.LongTimeoutTime
	if p.Config.ShortTimeout {
		t = lacp.ShortTimeoutTime
	}
	if r.longTimeout > t && !p.Node.dead && p.Status().LastRx.Equal(r.longSince) {
		return r.longTimeout
	}
	return t
}

// endLongTimeout restarts the bound with the LACPDU that ends a longer timeout.
func (r *record) endLongTimeout(p *Port) {
	if r.longTimeout != 0 && !p.Node.dead && !p.Status().LastRx.Equal(r.longSince) {
		r.longTimeout = 0
		r.deaf = false
	}
}

func (r *record) arrived(frame []byte) {
	var pdu lacp.PDU
	if len(frame) < 14 {
		return
	}
	if pdu.UnmarshalBinary(frame[14:]) == nil {
		r.heard = pdu.Actor
	}
}

// checkSent tests a LACPDU that the port sends. The port may send at most three in any
// second, and none if it must be silent. The partner information must be what the partner
// sent.
func (p *Port) checkSent(a *lacp.Action) error {
	n, r := p.Node.network, &p.record
	if oldest := r.sent[r.count%3]; r.count >= 3 && n.now-oldest < time.Second && !r.farewell {
		return p.violation("four LACPDUs in %v", n.now-oldest)
	}
	r.sent[r.count%3] = n.now
	r.count++

	actor, partner := a.PDU.Actor.State, a.PDU.Partner.State
	switch {
	case !p.Link.Up:
		return p.violation("a LACPDU leaves while the link is down")
	case p.Config.Disabled || p.Link.Duplex == lacp.DuplexHalf:
		return p.violation("a LACPDU leaves while LACP is disabled")
	case !actor.Has(lacp.StateActivity) && !partner.Has(lacp.StateActivity):
		return p.violation("a LACPDU leaves while both ends are Passive")
	case actor.Has(lacp.StateDefaulted):
		return nil
	}
	want, have := r.heard, a.PDU.Partner
	// The port computes Synchronization itself, and overrides Timeout in EXPIRED.
	own := lacp.StateSynchronization
	if actor.Has(lacp.StateExpired) {
		own |= lacp.StateTimeout
	}
	want.State &^= own
	have.State &^= own
	if want != have {
		return p.violation("it sends %+v as its partner, want %+v as last received", have, want)
	}
	return nil
}

// check tests the invariants of all ports of a node.
func (node *Node) check() error {
	n := node.network
	byAggregator := make([]lacp.PortStatus, 0, 8)
	for st := range node.System.Ports() {
		p := node.port(st.Config.Number)
		if err := p.checkState(&st); err != nil {
			return err
		}
		if st.SelectedAggregator != 0 {
			byAggregator = append(byAggregator, st)
		}
	}
	if err := node.checkAggregators(byAggregator); err != nil {
		return err
	}
	for _, other := range n.nodes {
		for _, p := range other.Ports {
			if err := p.checkPeerCollects(); err != nil {
				return err
			}
		}
	}
	if n.Check != nil {
		return n.Check(node)
	}
	return nil
}

func (p *Port) checkState(st *lacp.PortStatus) error {
	s := st.Actor.State
	synchronization, collecting, distributing := s.Has(lacp.StateSynchronization), s.Has(lacp.StateCollecting), s.Has(lacp.StateDistributing)
	expired := s.Has(lacp.StateExpired)
	switch {
	case distributing && !collecting:
		return p.violation("Distributing without Collecting")
	case collecting && !synchronization:
		return p.violation("Collecting without Synchronization")
	case synchronization != (st.AttachedAggregator != 0) && !(expired && p.Node.config.WithdrawOnExpired):
		return p.violation("Synchronization is %v, attached to aggregator %d", synchronization, st.AttachedAggregator)
	case collecting && !st.Partner.State.Has(lacp.StateSynchronization):
		return p.violation("Collecting while the partner is not in sync")
	case distributing && !st.Config.CoupledControl && !st.Partner.State.Has(lacp.StateCollecting):
		return p.violation("Distributing while the partner does not collect")
	case collecting && !p.Link.Up:
		return p.violation("Collecting while the link is down")
	case expired != (st.Receive == lacp.ReceiveExpired) && st.Receive != lacp.ReceivePortDisabled:
		return p.violation("Expired is %v in %v", expired, st.Receive)
	case st.Receive == lacp.ReceiveCurrent && s.Has(lacp.StateDefaulted):
		return p.violation("Defaulted in CURRENT")
	case st.Receive == lacp.ReceiveDefaulted && !s.Has(lacp.StateDefaulted):
		return p.violation("not Defaulted in DEFAULTED")
	case !p.dataPathAsAsked(st):
		return p.violation("the data path has %+v, Actor_State is %v on aggregator %d", p.Mux, s, st.AttachedAggregator)
	case (st.Reason.Code == lacp.ReasonDistributing) != p.Mux.Distributing:
		return p.violation("reason %v, the data path has %+v", st.Reason, p.Mux)
	case (st.Reason.Code.Severity() == lacp.SeverityOK) != p.Mux.Distributing:
		return p.violation("reason %v is %v", st.Reason, st.Reason.Code.Severity())
	}
	return nil
}

// dataPathAsAsked reports whether the data path follows Actor_State. MinLinks and a drain
// may hold the data path back; a port that drains goes on collecting.
func (p *Port) dataPathAsAsked(st *lacp.PortStatus) bool {
	s := st.Actor.State
	want := lacp.Mux{Aggregator: st.AttachedAggregator, Collecting: s.Has(lacp.StateCollecting), Distributing: s.Has(lacp.StateDistributing)}
	switch st.Drain {
	case lacp.DrainFlushing:
		want.Distributing = false
	case lacp.DrainLeaving:
		return !p.Mux.Distributing
	}
	if held := (lacp.Mux{Aggregator: want.Aggregator}); p.Node.config.MinLinks > 0 && p.Mux == held {
		return true
	}
	return p.Mux == want
}

// checkAggregators tests that all ports of an aggregator have the same LAG ID, and that no
// two aggregators have the same LAG ID unless the LAG is a loop.
func (node *Node) checkAggregators(ports []lacp.PortStatus) error {
	for i := range ports {
		for j := range i {
			a, b := &ports[i], &ports[j]
			same := a.SelectedAggregator == b.SelectedAggregator
			loop := a.Partner.System == a.Actor.System
			if same != (a.LAGID == b.LAGID) && !(loop && !same) {
				return fmt.Errorf("%v %s: ports %d and %d on aggregators %d and %d have LAG IDs %v and %v", node.network.now, node.Name,
					a.Config.Number, b.Config.Number, a.SelectedAggregator, b.SelectedAggregator, a.LAGID, b.LAGID)
			}
		}
	}
	return nil
}

// checkPeerCollects limits how long the port distributes to a peer that does not collect.
// A port with independent control distributes because the newest LACPDU reported that the
// peer collects. The last LACPDU that the peer sent before it stopped arrives within the
// longest delay, and stays valid for the port's own timeout. Each later LACPDU reports
// that the peer has stopped.
//
// With coupled control the peer need only be in sync. It may be attached and in sync
// without collecting for as long as it does not receive from this port: its own timeout
// plus the 3 s of EXPIRED. Then it reports that it has no partner.
//
// The check skips a Defaulted port, because it has no known peer and loses its data by
// configuration (protocol.md 12.8). It also skips stalled Systems, which cannot do better.
func (p *Port) checkPeerCollects() error {
	n, r := p.Node.network, &p.record
	peer := p.Peer()
	// Below MinLinks a peer accepts no data although it reports that it collects.
	takes := peer != nil && (peer.Mux.Collecting || peer.Node.config.MinLinks > 1 && !peer.Node.dead && peer.Status().Actor.State.Has(lacp.StateCollecting))
	deaf := p.Mux.Distributing && peer != nil && !takes
	if deaf && (p.Node.stalled || peer.Node.stalled || p.Status().Actor.State.Has(lacp.StateDefaulted)) {
		deaf = false
	}
	if !deaf {
		r.deaf = false
		return nil
	}
	r.endLongTimeout(p)
	if !r.deaf {
		r.deaf, r.deafSince = true, n.now
	}
	bound := r.timeout(p) + 2*n.maxDelay + time.Second
	if p.Config.CoupledControl {
		bound += peer.record.timeout(peer) + lacp.ShortTimeoutTime
	}
	if since := n.now - r.deafSince; since > bound {
		return p.violation("distributes for %v to a peer that does not collect", since)
	}
	return nil
}
