package view

import (
	"cmp"
	"fmt"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// Of returns the view of a running bond.
func Of(st bond.Status) Bond {
	v := Bond{
		Name: st.Name, Running: true, Up: st.Up, Since: st.Since, Mode: st.Mode.String(), Active: !st.Passive, ActiveMember: st.Active,
		Rate: st.Rate.String(), Hash: st.Hash.String(), MTU: st.MTU, MAC: st.HardwareAddr.String(),
		SpeedMbps: st.Speed,
		Carriage:  Carriage{Device: Device{st.Device.Name, st.Device.State.String(), st.Device.Since, st.Device.Reason}},
		SystemID:  SystemID{st.System.Priority, st.System.MAC},
		Counters:  BondCounters(st.Counters),
		Members:   make([]Member, 0, len(st.Members)),
		Absent:    Absent{make([]Missing, 0, len(st.Missing)), []Removed{}},
	}
	if a := st.Aggregator; a.ID != 0 {
		v.Aggregator = &Aggregator{ID: int(a.ID), Key: a.Key, Individual: a.Individual, Ports: a.Ports,
			Distributing: a.Distributing, LAGID: a.LAGID.String()}
		if a.Partner != (lacp.SystemID{}) {
			v.Partner = &Partner{a.Partner.Priority, a.Partner.MAC, a.PartnerKey}
		}
	}
	if b := st.Balance; b.Interval > 0 {
		v.Balance = &Balance{Interval: int(b.Interval / time.Second), Moved: b.Moved}
		if b.Moved > 0 {
			v.Balance.Last = &b.Last
		}
	}
	for i := range st.Members {
		v.Members = append(v.Members, ofMember(&st.Members[i]))
	}
	for _, m := range st.Missing {
		v.Missing = append(v.Missing, Missing(m))
	}
	v.Cause = Cause(&v)
	return v
}

func ofMember(m *bond.MemberStatus) Member {
	p := &m.LACP
	v := Member{
		Name: m.Name, Added: m.Added, Interface: cmp.Or(m.Link.Renamed, m.Name), MAC: m.HardwareAddr.String(), Port: int(p.Config.Number),
		Link:        ofLink(&m.Link),
		CarriesData: m.Carries, Hold: m.Hold.String(),
		Reason:  ofReason(m.Reason),
		Receive: p.Receive.String(), Mux: p.Mux.String(), Selected: p.Selected.String(),
		Aggregator: int(p.SelectedAggregator), Churn: Churn{churn(p.ActorChurn), churn(p.PartnerChurn)}, OneWay: p.OneWay,
		Actor: ofEnd(p.Actor), Partner: ofEnd(p.Partner),
		Counters: ofCounters(m.Counters, p.Counters),
	}
	if !p.LastRx.IsZero() {
		v.LastRx = &p.LastRx
	}
	return v
}

func ofLink(st *link.State) Link {
	l := Link{Up: st.Up, SpeedMbps: st.SpeedMbps, Duplex: st.Duplex.String(), Promiscuous: st.Promiscuous, MTU: st.MTU, Master: st.Master}
	if st.Addr != (lacp.MAC{}) {
		l.Address = st.Addr.String()
	}
	if st.Faults != 0 {
		l.Faults = st.Faults.String()
	}
	return l
}

// churn returns the name that the Linux bonding driver has for a state of the churn detection.
func churn(s lacp.ChurnState) string {
	switch s {
	case lacp.Churn:
		return "churned"
	case lacp.ChurnMonitor:
		return "monitoring"
	}
	return "none"
}

func ofEnd(i lacp.Info) End {
	return End{
		SystemPriority: i.System.Priority, System: i.System.MAC, Key: i.Key,
		PortPriority: i.Port.Priority, Port: i.Port.Number,
		State: fmt.Sprintf("0x%02x", uint8(i.State)), Flags: i.State.Flags(),
	}
}

func ofCounters(c bond.Counters, l lacp.Counters) Counters {
	return Counters{
		RxFrames: c.RxFrames, RxOctets: c.RxOctets, TxFrames: c.TxFrames, TxOctets: c.TxOctets,
		RxNotCollecting: c.RxNotCollecting, TxErrors: c.TxErrors, ControlLimited: c.ControlLimited,
		KernelDrops: c.Link.KernelDrops, ControlDrops: c.Link.ControlDrops, TaggedSlow: c.Link.TaggedSlow,
		Truncated: c.Link.Truncated, Unreadable: c.Link.Unreadable, RingsRefused: c.Link.RingsRefused, RingResets: c.Link.RingResets, Segmented: c.Link.Segmented,
		SendRefused: c.Link.SendRefused, SendOverflows: c.Link.SendOverflows,
		LACPDUsRx: l.LACPDUsRx, LACPDUsTx: l.LACPDUsTx, LACPDUTxErrors: l.TxErrors,
		MarkersRx: l.MarkerPDUsRx, MarkerResponses: l.MarkerResponsePDUsRx,
		UnknownRx: l.UnknownRx, IllegalRx: l.IllegalRx, LoopedRx: l.LoopedRx,
		LinkFailures: c.LinkFailures, Flaps: l.Flaps, Timeouts: l.Timeouts, OneWay: l.OneWay,
		MarkerAnswersTx: c.Marker.MarkerResponsePDUsTx, MarkersIgnored: c.Marker.Suppressed,
		PartnerSync: l.PartnerSyncTransitions, ActorChanges: l.ActorChanges,
		Expired: l.Expired, Defaulted: l.Defaulted, ActorChurns: l.ActorChurns, PartnerChurns: l.PartnerChurns,
		PartnerChanges: l.PartnerChanges, ActorSyncChanges: l.ActorSyncTransitions,
	}
}
