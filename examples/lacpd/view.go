package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/lacp"
)

// lacpd writes the views to its socket and prints them as JSON. Their keys are stable.

type statusView struct {
	Bonds []bondView `json:"bonds"`
}

type bondView struct {
	Name           string           `json:"name"`
	Running        bool             `json:"running"` // false if it could not be opened, see fault
	Up             bool             `json:"up"`
	Since          time.Time        `json:"since"`
	Mode           string           `json:"mode"`
	Active         bool             `json:"active"`
	ActiveMember   string           `json:"active_member"` // of FAILOVER; empty without one
	Rate           string           `json:"rate"`
	Hash           string           `json:"hash"`
	MTU            int              `json:"mtu"`
	SpeedMbps      uint32           `json:"speed_mbps"` // of the members in use; 0 if unknown
	MinLinks       int              `json:"min_links"`
	MAC            string           `json:"mac"`
	SystemPriority uint16           `json:"system_priority"`
	System         lacp.MAC         `json:"system"`
	Partner        *partnerView     `json:"partner"`    // null without one
	Aggregator     *aggregatorView  `json:"aggregator"` // null if none carries the bond
	Balance        *balanceView     `json:"balance"`    // null unless balance_interval is set
	Counters       bondCountersView `json:"counters"`
	Members        []memberView     `json:"members"`
	Device         deviceView       `json:"device"`
	DataPlane      dataPlane        `json:"data_plane"`
	Missing        []missingView    `json:"missing"` // ports of the file that are not in the bond
	Fault          *faultView       `json:"fault"`   // null if the bond matches the file
}

// balanceView describes the work of balance_interval.
type balanceView struct {
	Interval int        `json:"interval"` // in seconds
	Moved    uint64     `json:"moved"`    // buckets of flows, since the bond was opened
	Last     *time.Time `json:"last"`     // when buckets last moved; null: never
}

// deviceView describes the device of the host.
type deviceView struct {
	Name   string    `json:"name"`  // the current one
	State  string    `json:"state"` // up, down, missing or none
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"` // why it is down or missing
}

type missingView struct {
	Name  string    `json:"name"`
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
}

// faultView explains why a bond does not match the file.
type faultView struct {
	Error   string    `json:"error"`
	Since   time.Time `json:"since"`
	NextTry time.Time `json:"next_try"`
}

type partnerView struct {
	SystemPriority uint16   `json:"system_priority"`
	System         lacp.MAC `json:"system"`
	Key            lacp.Key `json:"key"`
}

type aggregatorView struct {
	ID           int               `json:"id"`
	Key          lacp.Key          `json:"key"`
	Individual   bool              `json:"individual"`
	Ports        []lacp.PortNumber `json:"ports"`
	Distributing int               `json:"distributing"`
	LAGID        string            `json:"lag_id"`
}

type bondCountersView struct {
	TxNoMember    uint64 `json:"tx_no_member"`
	TxTooLong     uint64 `json:"tx_too_long"`
	TxInvalid     uint64 `json:"tx_invalid"`
	RxDropped     uint64 `json:"rx_dropped"`
	TxHeld        uint64 `json:"tx_held"`
	TxHoldDropped uint64 `json:"tx_hold_dropped"`
	RxMalformed   uint64 `json:"rx_malformed"`

	RxOtherStation uint64 `json:"rx_other_station"`
	RxReflected    uint64 `json:"rx_reflected"`
}

type memberView struct {
	Name        string       `json:"name"`      // when it became a member
	Interface   string       `json:"interface"` // the interface's current name
	MAC         string       `json:"mac"`
	Port        int          `json:"port"`
	Link        linkView     `json:"link"`
	CarriesData bool         `json:"carries_data"`
	Reason      reasonView   `json:"reason"`
	Hold        string       `json:"hold"` // added to the reason by the bond; empty without one
	Receive     string       `json:"receive"`
	Mux         string       `json:"mux"`
	Selected    string       `json:"selected"`
	Actor       endView      `json:"actor"`
	Partner     endView      `json:"partner"`
	LastRx      *time.Time   `json:"last_rx"` // null before the first LACPDU
	Counters    countersView `json:"counters"`
}

type linkView struct {
	Up        bool   `json:"up"`
	SpeedMbps uint32 `json:"speed_mbps"` // 0 if unknown
	Duplex    string `json:"duplex"`

	Promiscuous bool `json:"promiscuous"` // it receives the frames of every station
}

type reasonView struct {
	Code     string    `json:"code"`
	Number   int       `json:"number"`
	Severity string    `json:"severity"`
	Since    time.Time `json:"since"`
	Have     string    `json:"have"`
	Want     string    `json:"want"`
	Advice   string    `json:"advice"`
}

// endView describes one end of a link, as its LACPDUs do.
type endView struct {
	SystemPriority uint16          `json:"system_priority"`
	System         lacp.MAC        `json:"system"`
	Key            lacp.Key        `json:"key"`
	PortPriority   uint16          `json:"port_priority"`
	Port           lacp.PortNumber `json:"port"`
	State          string          `json:"state"`
	Flags          []string        `json:"flags"`
}

type countersView struct {
	RxFrames         uint64 `json:"rx_frames"`
	RxOctets         uint64 `json:"rx_octets"`
	TxFrames         uint64 `json:"tx_frames"`
	TxOctets         uint64 `json:"tx_octets"`
	RxNotCollecting  uint64 `json:"rx_not_collecting"`
	TxErrors         uint64 `json:"tx_errors"`
	KernelDrops      uint64 `json:"kernel_drops"`
	ControlDrops     uint64 `json:"control_drops"`
	ControlLimited   uint64 `json:"control_limited"`
	TaggedSlow       uint64 `json:"tagged_slow"`
	Truncated        uint64 `json:"truncated"`
	Unreadable       uint64 `json:"unreadable"`
	RingsRefused     uint64 `json:"rings_refused"`
	RingResets       uint64 `json:"ring_resets"`
	Segmented        uint64 `json:"segmented"`
	SendRefused      uint64 `json:"send_refused"`
	SendOverflows    uint64 `json:"send_overflows"`
	LACPDUsRx        uint64 `json:"lacpdus_rx"`
	LACPDUsTx        uint64 `json:"lacpdus_tx"`
	LACPDUTxErrors   uint64 `json:"lacpdu_tx_errors"`
	MarkersRx        uint64 `json:"markers_rx"`
	MarkerResponses  uint64 `json:"marker_responses_rx"`
	UnknownRx        uint64 `json:"unknown_rx"`
	IllegalRx        uint64 `json:"illegal_rx"`
	LoopedRx         uint64 `json:"looped_rx"`
	Expired          uint64 `json:"expired"`
	Defaulted        uint64 `json:"defaulted"`
	ActorChurns      uint64 `json:"actor_churns"`
	PartnerChurns    uint64 `json:"partner_churns"`
	PartnerChanges   uint64 `json:"partner_changes"`
	ActorSyncChanges uint64 `json:"actor_sync_transitions"`
}

// viewManaged returns the view of a bond, running or not.
func viewManaged(m *managed, links hostLinks) bondView {
	var v bondView
	if m.live != nil {
		v = viewBond(m.live.Status())
		v.DataPlane = m.plane
	} else {
		v = viewConfig(&m.cfg)
	}
	for i := range v.Members {
		// A member that was opened by an alternative name keeps it. Show the interface's name.
		if l := links.find(v.Members[i].Interface); l != nil {
			v.Members[i].Interface = l.name
		}
	}
	v.MinLinks = m.cfg.MinLinks
	for _, a := range m.absent {
		v.Missing = append(v.Missing, missingView{a.name, a.why, a.since})
	}
	if f := m.fault; f != nil {
		v.Fault = &faultView{f.err.Error(), f.since, f.next}
	}
	return v
}

// viewConfig returns the view of a bond that does not run.
func viewConfig(c *config.Bond) bondView {
	return bondView{Name: c.Name, Mode: c.Mode.String(), Active: !c.LACP.Passive, Rate: c.LACP.Rate.String(),
		Hash: c.Hash.String(), MTU: c.MTU, Members: []memberView{}, Missing: []missingView{}}
}

func viewBond(st bond.Status) bondView {
	v := bondView{
		Name: st.Name, Running: true, Up: st.Up, Since: st.Since, Mode: st.Mode.String(), Active: !st.Passive, ActiveMember: st.Active,
		Rate: st.Rate.String(), Hash: st.Hash.String(), MTU: st.MTU, MAC: st.HardwareAddr.String(),
		SpeedMbps:      st.Speed,
		Device:         deviceView{st.Device.Name, st.Device.State.String(), st.Device.Since, st.Device.Reason},
		SystemPriority: st.System.Priority, System: st.System.MAC,
		Counters: bondCountersView(st.Counters),
		Members:  make([]memberView, 0, len(st.Members)),
		Missing:  make([]missingView, 0, len(st.Missing)),
	}
	if a := st.Aggregator; a.ID != 0 {
		v.Aggregator = &aggregatorView{ID: int(a.ID), Key: a.Key, Individual: a.Individual, Ports: a.Ports,
			Distributing: a.Distributing, LAGID: a.LAGID.String()}
		if a.Partner != (lacp.SystemID{}) {
			v.Partner = &partnerView{a.Partner.Priority, a.Partner.MAC, a.PartnerKey}
		}
	}
	if b := st.Balance; b.Interval > 0 {
		v.Balance = &balanceView{Interval: int(b.Interval / time.Second), Moved: b.Moved}
		if b.Moved > 0 {
			v.Balance.Last = &b.Last
		}
	}
	for i := range st.Members {
		v.Members = append(v.Members, viewMember(&st.Members[i]))
	}
	for _, m := range st.Missing {
		v.Missing = append(v.Missing, missingView(m))
	}
	return v
}

func viewMember(m *bond.MemberStatus) memberView {
	p := &m.LACP
	v := memberView{
		Name: m.Name, Interface: cmp.Or(m.Link.Renamed, m.Name), MAC: m.HardwareAddr.String(), Port: int(p.Config.Number),
		Link:        linkView{m.Link.Up, m.Link.SpeedMbps, m.Link.Duplex.String(), m.Link.Promiscuous},
		CarriesData: m.Carries, Hold: m.Hold.String(),
		Reason: reasonView{
			Code: m.Reason.Code.String(), Number: int(m.Reason.Code), Severity: m.Reason.Code.Severity().String(),
			Since: m.Reason.Since, Have: m.Reason.Have, Want: m.Reason.Want, Advice: m.Reason.Code.Advice(),
		},
		Receive: p.Receive.String(), Mux: p.Mux.String(), Selected: p.Selected.String(),
		Actor: viewEnd(p.Actor), Partner: viewEnd(p.Partner),
		Counters: viewCounters(m.Counters, p.Counters),
	}
	if !p.LastRx.IsZero() {
		v.LastRx = &p.LastRx
	}
	return v
}

func viewEnd(i lacp.Info) endView {
	return endView{
		SystemPriority: i.System.Priority, System: i.System.MAC, Key: i.Key,
		PortPriority: i.Port.Priority, Port: i.Port.Number,
		State: fmt.Sprintf("0x%02x", uint8(i.State)), Flags: i.State.Flags(),
	}
}

func viewCounters(c bond.Counters, l lacp.Counters) countersView {
	return countersView{
		RxFrames: c.RxFrames, RxOctets: c.RxOctets, TxFrames: c.TxFrames, TxOctets: c.TxOctets,
		RxNotCollecting: c.RxNotCollecting, TxErrors: c.TxErrors, ControlLimited: c.ControlLimited,
		KernelDrops: c.Link.KernelDrops, ControlDrops: c.Link.ControlDrops, TaggedSlow: c.Link.TaggedSlow,
		Truncated: c.Link.Truncated, Unreadable: c.Link.Unreadable, RingsRefused: c.Link.RingsRefused, RingResets: c.Link.RingResets, Segmented: c.Link.Segmented,
		SendRefused: c.Link.SendRefused, SendOverflows: c.Link.SendOverflows,
		LACPDUsRx: l.LACPDUsRx, LACPDUsTx: l.LACPDUsTx, LACPDUTxErrors: l.TxErrors,
		MarkersRx: l.MarkerPDUsRx, MarkerResponses: l.MarkerResponsePDUsRx,
		UnknownRx: l.UnknownRx, IllegalRx: l.IllegalRx, LoopedRx: l.LoopedRx,
		Expired: l.Expired, Defaulted: l.Defaulted, ActorChurns: l.ActorChurns, PartnerChurns: l.PartnerChurns,
		PartnerChanges: l.PartnerChanges, ActorSyncChanges: l.ActorSyncTransitions,
	}
}
