package lacp

import (
	"iter"
	"time"
)

// PortStatus is a snapshot of one port.
type PortStatus struct {
	Config PortConfig // with defaults filled in
	Link   Link

	Receive      ReceiveState
	Periodic     PeriodicState
	Selected     Selection
	Mux          MuxState
	ReadyN       bool // the port need not wait for others any more (Ready_N), also if a gate holds it
	ActorChurn   ChurnState
	PartnerChurn ChurnState

	Actor   Info // Actor_Oper values
	Partner Info // Partner_Oper values: the partner's own, or Partner_Admin's while Defaulted
	Echo    Info // our values in the partner's last LACPDU; zero while Defaulted

	LAGID              LAGID
	SelectedAggregator AggregatorID // 0 if none is selected
	AttachedAggregator AggregatorID // 0 if not attached

	Drain      DrainState
	Fallback   bool   // the port carries data, or is about to, without a partner
	OneWay     bool   // we hear the partner, but it has not heard us for 3 s or more
	Suppressed bool   // by dampening
	Penalty    uint32 // of dampening

	LastRx   time.Time // of the last LACPDU; zero before the first
	Counters Counters
	Reason   Reason // why the port distributes or does not
}

// Usable reports whether data may be sent and received on the port.
func (p *PortStatus) Usable() bool {
	return p.Actor.State.Has(StateCollecting | StateDistributing)
}

// AggregatorStatus is a snapshot of one aggregator that at least one port has selected.
type AggregatorStatus struct {
	ID           AggregatorID
	LAGID        LAGID
	Individual   bool // the aggregator carries one Individual link
	Key          Key  // Actor_Oper_Aggregator_Key
	Partner      SystemID
	PartnerKey   Key // Partner_Oper_Aggregator_Key
	Ports        []PortNumber
	Distributing int  // how many of them distribute
	Up           bool // aAggOperState: the aggregator carries data
}

// Port returns the status of a port; false if there is no such port.
func (s *System) Port(n PortNumber) (PortStatus, bool) {
	p := s.byNumber.get(n)
	if p == nil {
		return PortStatus{}, false
	}
	return s.portStatus(p), true
}

// Reason returns why a port distributes or does not, as in [PortStatus]; the zero
// Reason if there is no such port.
func (s *System) Reason(n PortNumber) Reason {
	if p := s.byNumber.get(n); p != nil {
		return s.reason(p)
	}
	return Reason{}
}

// Peer describes the other end of a port's link. It is the part of [PortStatus] that is quick to
// get.
type Peer struct {
	Info       Info         // as PortStatus.Partner
	Current    bool         // the partner is heard: the Receive machine is in CURRENT
	Aggregator AggregatorID // the selected one; 0: none
}

// Peer describes the other end of a port's link; false if there is no such port.
func (s *System) Peer(n PortNumber) (Peer, bool) {
	p := s.byNumber.get(n)
	if p == nil {
		return Peer{}, false
	}
	peer := Peer{Info: p.partner, Current: p.receive == ReceiveCurrent}
	if p.aggregator != nil {
		peer.Aggregator = p.aggregator.id
	}
	return peer, true
}

// Ports returns the status of all ports, in the order of their numbers.
func (s *System) Ports() iter.Seq[PortStatus] {
	return func(yield func(PortStatus) bool) {
		for _, p := range s.ports {
			if !yield(s.portStatus(p)) {
				return
			}
		}
	}
}

// Aggregators returns the aggregators that ports have selected, in the order of
// their identifiers.
func (s *System) Aggregators() iter.Seq[AggregatorStatus] {
	return func(yield func(AggregatorStatus) bool) {
		for _, a := range s.aggregators {
			if len(a.ports) > 0 && !yield(a.status()) {
				return
			}
		}
	}
}

func (s *System) portStatus(p *port) PortStatus {
	st := PortStatus{
		Config: p.cfg, Link: p.link,
		Receive: p.receive, Periodic: p.periodic, Selected: p.selected, Mux: p.mux, ReadyN: p.readyN,
		ActorChurn: p.actorChurn, PartnerChurn: p.partnerChurn,
		Actor: p.actor, Partner: p.partner, Echo: p.partnerEchoed,
		LAGID:    p.lagID().canonical(),
		Counters: p.counters,
		Reason:   s.reason(p),
		Drain:    p.drain, Fallback: p.fallback, OneWay: p.oneWay,
		Suppressed: p.reuseTimer.running(), Penalty: uint32(p.penaltyNow(&s.cfg.Dampening, s.now)),
	}
	if p.aggregator != nil {
		st.SelectedAggregator = p.aggregator.id
		if p.attached {
			st.AttachedAggregator = p.aggregator.id
		}
	}
	if p.everRx {
		st.LastRx = s.time(p.lastRx)
	}
	return st
}

func (a *aggregator) status() AggregatorStatus {
	st := AggregatorStatus{
		ID:         a.id,
		LAGID:      a.lag.canonical(),
		Individual: a.individual(),
		Key:        a.lag.Local.Key,
		Partner:    a.lag.Remote.System,
		PartnerKey: a.lag.Remote.Key,
		Ports:      make([]PortNumber, 0, len(a.ports)),
	}
	for _, p := range a.ports {
		st.Ports = append(st.Ports, p.cfg.Number)
	}
	st.Distributing = a.distributing()
	st.Up = a.up
	return st
}
