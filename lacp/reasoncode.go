package lacp

// ReasonCode is why a port distributes or not. The numbers are stable: they keep
// their meaning in later versions, which may add new ones.
type ReasonCode uint8

// The reasons, grouped by what has to happen before the port can distribute.
const (
	ReasonDistributing ReasonCode = 1 // the port distributes

	ReasonWaitWhile       ReasonCode = 10 // wait_while runs
	ReasonWaitingForPorts ReasonCode = 11 // other ports of the aggregator still wait
	ReasonAwaitingPartner ReasonCode = 12 // the link has just come up, no LACPDU received yet
	ReasonGateHold        ReasonCode = 13 // a gate is not open
	ReasonDampened        ReasonCode = 14 // the port flapped
	ReasonWaitToRestore   ReasonCode = 15 // the port has just recovered
	ReasonFallbackWait    ReasonCode = 16 // no partner, FallbackTimeout is not over yet
	ReasonBringUpDelay    ReasonCode = 17 // the runtime's up delay: Have is the time elapsed, Want the whole delay
	ReasonDraining        ReasonCode = 18 // the port was drained

	ReasonLinkDown     ReasonCode = 30
	ReasonHalfDuplex   ReasonCode = 31
	ReasonLACPDisabled ReasonCode = 32
	ReasonTxFailing    ReasonCode = 33 // our LACPDUs can't be sent
	ReasonAdminDown    ReasonCode = 34 // the bond is down
	ReasonMTUMismatch  ReasonCode = 35 // the link's MTU is below the bond's: longer frames are lost, shorter ones pass

	ReasonInterfaceChanged ReasonCode = 36 // another program changed the link's interface, and the change could not be undone
	ReasonInterfaceDown    ReasonCode = 37 // the link's interface was set down on this host
	ReasonPlaneRefused     ReasonCode = 38 // the data plane refuses to use the link, or has not begun within a second: Have is why

	ReasonNeverHeard      ReasonCode = 50 // no LACPDU since the link came up
	ReasonExpired         ReasonCode = 51 // the partner has fallen silent
	ReasonDefaulted       ReasonCode = 52 // the partner fell silent and has been given up
	ReasonPassiveBothEnds ReasonCode = 53 // we are Passive and neither end sends
	ReasonMalformedPDUs   ReasonCode = 54 // the LACPDUs received are invalid
	ReasonMisaddressed    ReasonCode = 55 // the LACPDUs received are tagged or have a wrong destination

	ReasonPartnerNotInSync     ReasonCode = 70
	ReasonPartnerNotCollecting ReasonCode = 71
	ReasonPartnerStale         ReasonCode = 72 // the partner has old values of ours
	ReasonPartnerDefaultedUs   ReasonCode = 73 // the partner does not hear us
	ReasonPartnerInvalid       ReasonCode = 74 // the partner's System Identifier is invalid
	ReasonPartnerIndividual    ReasonCode = 75 // the partner does not aggregate this link
	ReasonDifferentPartner     ReasonCode = 76 // the partner's System differs from the LAG's
	ReasonDifferentPartnerKey  ReasonCode = 77 // the partner's key differs from the LAG's
	ReasonDuplicatePartnerPort ReasonCode = 78 // another port of ours hears the same partner port

	ReasonLoopbackSelf   ReasonCode = 90 // the link leads back to its own port
	ReasonLoopbackSystem ReasonCode = 91 // the link leads to another port of ours

	ReasonStandby       ReasonCode = 110
	ReasonNoAggregator  ReasonCode = 111
	ReasonLostElection  ReasonCode = 112 // another aggregator of ours carries the data
	ReasonBelowMinLinks ReasonCode = 113
	ReasonSpeedMismatch ReasonCode = 114 // the speed, duplex mode or key differs from the LAG's

	// The reasons of a LAG over several chassis, which a gate reports: see GateState. So does
	// ReasonDifferentPartner, if the partners of two chassis differ.
	ReasonStandbyChassis ReasonCode = 130 // another chassis carries the data: Have is its name
	ReasonPermissionLost ReasonCode = 131 // the permission to carry data ran out or has not come yet
	ReasonNotReady       ReasonCode = 132 // this chassis is not ready to carry data
	ReasonChassisDiffers ReasonCode = 133 // the chassis are configured differently
	ReasonNoStore        ReasonCode = 134 // the store of the chassis has not answered yet
)

// Severity grades a [Reason].
type Severity uint8

// The severities.
const (
	SeverityOK Severity = iota
	SeverityInfo
	SeverityMisconfiguration
	SeverityWarning
	SeverityError
)

var severityNames = [...]string{"ok", "info", "misconfiguration", "warning", "error"}

// String returns "ok", "info", "misconfiguration", "warning" or "error".
func (s Severity) String() string { return name(severityNames[:], int(s)) }
