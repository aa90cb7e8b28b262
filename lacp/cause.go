package lacp

// cause is why a machine changed its state: the guard that was true, worded as in its
// figure, or an input or option that no figure has. Histories store it.
type cause uint8

// The causes.
const (
	causeNone cause = iota // no guard is true: the machine stays in its state

	// Guards of several machines.
	causeUCT
	causeBegin
	causePortDisabled
	causeLACPEnabled
	causeLACPDisabled

	// Receive machine.
	causePortDisabledNotMoved
	causePortMoved
	causePortEnabledWithLACP
	causePortEnabledWithoutLACP
	causeReceived
	causeCurrentWhileExpired

	// Periodic Transmission machine.
	causeBothPassive
	causePeriodicExpired
	causePartnerLongTimeout
	causePartnerShortTimeout

	// Mux machine.
	causeSelected
	causeStandby
	causeUnselected
	causeReady
	causePartnerInSync
	causePartnerCollects
	causePartnerOutOfSync
	causePartnerStopsCollecting

	// Churn machines.
	causeChurnExpired
	causeInSync
	causeOutOfSync

	// Selection Logic: the aggregator found.
	causeAggregatorOfLAG
	causeOwnAggregator
	causeFirstFreeAggregator
	causeFreeAggregator

	// Selection Logic: what unselects a port.
	causeReceiveInitialize
	causeReceiveLACPDisabled
	causeNoPartner
	causePartnerChanged
	causePartnerAdminDiffers
	causeKeyChanged
	causeAggregationChanged
	causePortIDChanged
	causeMuxControlChanged
	causeSystemChanged
	causePortRemoved

	// Options that no figure of the standard has.
	causeHeld
	causeRestored
	causeFallbackEnds
	causeWithinLimit
	causeBeyondLimit
	causeGate
	causeDrained
	causeDampened
	causeWaitToRestore
)

var causeTexts = [...]string{
	causeNone: "",

	causeUCT:          "UCT",
	causeBegin:        "BEGIN",
	causePortDisabled: "port_enabled = FALSE",
	causeLACPEnabled:  "LACP_Enabled = TRUE",
	causeLACPDisabled: "LACP_Enabled = FALSE",

	causePortDisabledNotMoved:   "port_enabled = FALSE AND port_moved = FALSE",
	causePortMoved:              "port_moved = TRUE",
	causePortEnabledWithLACP:    "port_enabled = TRUE AND LACP_Enabled = TRUE",
	causePortEnabledWithoutLACP: "port_enabled = TRUE AND LACP_Enabled = FALSE",
	causeReceived:               "LACPDU received",
	causeCurrentWhileExpired:    "current_while_timer expired",

	causeBothPassive:         "both ends are Passive",
	causePeriodicExpired:     "periodic_timer expired",
	causePartnerLongTimeout:  "Partner_Oper_Port_State.LACP_Timeout = Long Timeout",
	causePartnerShortTimeout: "Partner_Oper_Port_State.LACP_Timeout = Short Timeout",

	causeSelected:               "Selected = SELECTED",
	causeStandby:                "Selected = STANDBY",
	causeUnselected:             "Selected = UNSELECTED",
	causeReady:                  "Selected = SELECTED AND Ready = TRUE",
	causePartnerInSync:          "Selected = SELECTED AND Partner.Synchronization = TRUE",
	causePartnerCollects:        "Selected = SELECTED AND Partner.Synchronization = TRUE AND Partner.Collecting = TRUE",
	causePartnerOutOfSync:       "Partner.Synchronization = FALSE",
	causePartnerStopsCollecting: "Partner.Collecting = FALSE",

	causeChurnExpired: "churn_timer expired",
	causeInSync:       "Synchronization = TRUE",
	causeOutOfSync:    "Synchronization = FALSE",

	causeAggregatorOfLAG:     "the LAG's aggregator",
	causeOwnAggregator:       "its own aggregator",
	causeFirstFreeAggregator: "the first free aggregator",
	causeFreeAggregator:      "a free aggregator",

	causeReceiveInitialize:   "Receive machine INITIALIZE",
	causeReceiveLACPDisabled: "Receive machine LACP_DISABLED",
	causeNoPartner:           "no partner",
	causePartnerChanged:      "update_Selected: the partner's identity changed",
	causePartnerAdminDiffers: "update_Default_Selected: Partner_Admin differs from the partner",
	causeKeyChanged:          "Actor_Oper_Port_Key changed",
	causeAggregationChanged:  "Actor_Oper_Port_State.Aggregation changed",
	causePortIDChanged:       "the port identifier of an Individual link changed",
	causeMuxControlChanged:   "Mux control changed",
	causeSystemChanged:       "Actor_System changed",
	causePortRemoved:         "port removed",

	causeHeld:          "held out of Distributing",
	causeRestored:      "restored",
	causeFallbackEnds:  "fallback ends",
	causeWithinLimit:   "within the limit of links",
	causeBeyondLimit:   "beyond the limit of links",
	causeGate:          "held out of Synchronization",
	causeDrained:       "drained",
	causeDampened:      "dampened",
	causeWaitToRestore: "wait to restore",
}

// String returns the text of the cause, such as "Selected = SELECTED AND Ready = TRUE";
// empty for causeNone.
func (c cause) String() string { return name(causeTexts[:], int(c)) }
