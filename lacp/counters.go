package lacp

import "time"

// Counters are the statistics (7.3.3) and debug counters (7.3.4) of one port
// since it was added. Package marker, which sends the Marker protocol's frames, has
// that protocol's two transmit counters.
type Counters struct {
	LACPDUsRx            uint64 // valid LACPDUs
	MarkerPDUsRx         uint64
	MarkerResponsePDUsRx uint64
	UnknownRx            uint64 // of another slow protocol, tagged, or to another destination
	IllegalRx            uint64 // malformed, or of a subtype that may not occur
	LACPDUsTx            uint64

	ActorChurns            uint64 // ActorChurnCount: entries to ACTOR_CHURN
	PartnerChurns          uint64 // PartnerChurnCount: entries to PARTNER_CHURN
	ActorSyncTransitions   uint64 // ActorSyncTransitionCount: times the Mux attached
	PartnerSyncTransitions uint64 // PartnerSyncTransitionCount: times the partner came in sync
	ActorChanges           uint64 // ActorChangeCount: times an aggregator was selected
	PartnerChanges         uint64 // PartnerChangeCount: times the partner's identity changed

	LoopedRx  uint64 // LACPDUs of this port that came back to it
	TxErrors  uint64 // LACPDUs that could not be sent
	Expired   uint64 // entries to EXPIRED, also whenever the link comes up
	Timeouts  uint64 // times the partner fell silent: from CURRENT to EXPIRED
	Defaulted uint64 // entries to DEFAULTED
	Flaps     uint64 // times Distributing ended because of the link or the partner
	OneWay    uint64 // times we heard the partner but the partner did not hear us
}

// Stalls counts calls of [System.Advance] that came too late.
type Stalls struct {
	Count   uint64        // calls later than Config.StallTolerance after the deadline
	Longest time.Duration // the longest delay after the deadline
}
