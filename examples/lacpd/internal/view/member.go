package view

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Member describes one member of a bond.
type Member struct {
	Name        string     `json:"name"`      // when it became a member
	Added       time.Time  `json:"added"`     // when it became a member
	Interface   string     `json:"interface"` // the interface's current name
	MAC         string     `json:"mac"`
	Port        int        `json:"port"`
	Link        Link       `json:"link"`
	CarriesData bool       `json:"carries_data"`
	Reason      Reason     `json:"reason"`
	Hold        string     `json:"hold"` // added to the reason by the bond; empty without one
	Receive     string     `json:"receive"`
	Mux         string     `json:"mux"`
	Selected    string     `json:"selected"`
	Aggregator  int        `json:"aggregator"` // the one it is selected for; 0: none
	Churn       Churn      `json:"churn"`
	OneWay      bool       `json:"one_way"` // we hear the partner, it does not hear us
	Actor       End        `json:"actor"`
	Partner     End        `json:"partner"`
	LastRx      *time.Time `json:"last_rx"` // null before the first LACPDU
	Counters    Counters   `json:"counters"`
}

// Link describes the link of a member.
type Link struct {
	Up        bool   `json:"up"`
	SpeedMbps uint32 `json:"speed_mbps"` // 0 if unknown
	Duplex    string `json:"duplex"`

	Promiscuous bool   `json:"promiscuous"` // it receives the frames of every station
	MTU         int    `json:"mtu"`         // octets of payload; 0: unknown
	Address     string `json:"address"`     // its MAC address now; empty: unknown
	Master      string `json:"master"`      // the bridge or bond that it became a port of; empty: none
	Faults      string `json:"faults"`      // changes that another program made to it; empty: none
}

// Churn is the state of the churn detection of both ends: none (in sync), monitoring or churned.
type Churn struct {
	Actor   string `json:"actor"`
	Partner string `json:"partner"`
}

// Reason explains why a member carries data or does not.
type Reason struct {
	Code     string    `json:"code"`
	Number   int       `json:"number"`
	Severity string    `json:"severity"`
	Since    time.Time `json:"since"`
	Have     string    `json:"have"`
	Want     string    `json:"want"`
	Advice   string    `json:"advice"`
}

// End describes one end of a link, as its LACPDUs do.
type End struct {
	SystemPriority uint16          `json:"system_priority"`
	System         lacp.MAC        `json:"system"`
	Key            lacp.Key        `json:"key"`
	PortPriority   uint16          `json:"port_priority"`
	Port           lacp.PortNumber `json:"port"`
	State          string          `json:"state"`
	Flags          []string        `json:"flags"`
}

// Counters count the frames and faults of one member since lacpd started. They go on when a
// member leaves and returns.
type Counters struct {
	RxFrames         uint64 `json:"rx_frames"`
	RxOctets         uint64 `json:"rx_octets"`
	TxFrames         uint64 `json:"tx_frames"`
	TxOctets         uint64 `json:"tx_octets"`
	RxNotCollecting  uint64 `json:"rx_not_collecting"`
	TxErrors         uint64 `json:"tx_errors"`
	KernelDrops      uint64 `json:"kernel_drops"`
	ControlDrops     uint64 `json:"control_drops"`
	LinkFailures     uint64 `json:"link_failures"`
	Timeouts         uint64 `json:"timeouts"` // times the partner fell silent
	Flaps            uint64 `json:"flaps"`    // times it stopped carrying data because of its link or partner
	OneWay           uint64 `json:"one_way"`
	MarkerAnswersTx  uint64 `json:"marker_responses_tx"`
	MarkersIgnored   uint64 `json:"marker_replies_suppressed"`
	PartnerSync      uint64 `json:"partner_sync_transitions"`
	ActorChanges     uint64 `json:"actor_changes"`
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
