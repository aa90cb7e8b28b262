package view

import (
	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// InWords returns the state of a member as the end of a sentence that starts with its name:
// "carries data" or "has no partner".
func InWords(m *Member) string {
	if words := holdWords[m.Hold]; words != "" && (m.Reason.Severity == lacp.SeverityOK.String() || m.Hold == bond.HoldAdminDown.String()) {
		return words
	}
	if m.CarriesData && m.Reason.Severity == lacp.SeverityOK.String() {
		return "carries data"
	}
	words := reasonWords[lacp.ReasonCode(m.Reason.Number)]
	switch {
	case words == "": // lacpd has another version
		words = "is held: " + m.Reason.Code
	case m.CarriesData:
		words = "carries data, but " + words
	}
	return words
}

// holdWords describe what a bond adds to the mode's decision, by its name.
var holdWords = map[string]string{
	bond.HoldUpDelay.String():      "waits for updelay",
	bond.HoldDownDelay.String():    "is kept until downdelay ends",
	bond.HoldDrained.String():      "is drained",
	bond.HoldMinLinks.String():     "waits for further links",
	bond.HoldMinBandwidth.String(): "waits for further bandwidth",
	bond.HoldDevice.String():       "waits for the device",
	bond.HoldPlane.String():        "is refused by the data plane",
	bond.HoldAdminDown.String():    "waits for the bond to be set up",
	bond.HoldGate.String():         "waits for a gate to open",
}

// reasonWords describe the reasons.
var reasonWords = map[lacp.ReasonCode]string{
	lacp.ReasonDistributing:         "could carry data",
	lacp.ReasonWaitWhile:            "waits for other links",
	lacp.ReasonWaitingForPorts:      "waits for other links",
	lacp.ReasonAwaitingPartner:      "waits for its partner",
	lacp.ReasonGateHold:             "waits for a gate to open",
	lacp.ReasonDampened:             "is kept out because it flapped",
	lacp.ReasonWaitToRestore:        "has just recovered",
	lacp.ReasonFallbackWait:         "has no partner yet",
	lacp.ReasonBringUpDelay:         "waits for updelay",
	lacp.ReasonDraining:             "is drained",
	lacp.ReasonLinkDown:             "has no link",
	lacp.ReasonHalfDuplex:           "is half duplex",
	lacp.ReasonLACPDisabled:         "has LACP disabled",
	lacp.ReasonTxFailing:            "can't send",
	lacp.ReasonAdminDown:            "waits for the bond to be set up",
	lacp.ReasonMTUMismatch:          "has an MTU that is too small",
	lacp.ReasonInterfaceChanged:     "was changed by another program",
	lacp.ReasonInterfaceDown:        "was set down on this host",
	lacp.ReasonNeverHeard:           "has no partner",
	lacp.ReasonExpired:              "no longer hears its partner",
	lacp.ReasonDefaulted:            "has lost its partner",
	lacp.ReasonPassiveBothEnds:      "is passive, and so is its partner",
	lacp.ReasonMalformedPDUs:        "receives malformed LACPDUs",
	lacp.ReasonMisaddressed:         "receives LACPDUs with a tag or a wrong address",
	lacp.ReasonPartnerNotInSync:     "is not attached by its partner",
	lacp.ReasonPartnerNotCollecting: "waits until its partner receives",

	lacp.ReasonPlaneRefused: "is refused by the data plane",

	lacp.ReasonStandbyChassis:       "stands by for another chassis",
	lacp.ReasonPermissionLost:       "has no permission to carry data on this chassis",
	lacp.ReasonNotReady:             "waits for services of this chassis",
	lacp.ReasonChassisDiffers:       "has settings that differ from the other chassis",
	lacp.ReasonNoStore:              "waits for the store of the chassis",
	lacp.ReasonPartnerStale:         "has a partner with old values",
	lacp.ReasonPartnerDefaultedUs:   "is not heard by its partner",
	lacp.ReasonPartnerInvalid:       "has a partner with an invalid identifier",
	lacp.ReasonPartnerIndividual:    "has a partner that does not aggregate it",
	lacp.ReasonDifferentPartner:     "leads to another partner",
	lacp.ReasonDifferentPartnerKey:  "leads to another group of the partner",
	lacp.ReasonDuplicatePartnerPort: "hears the same partner port as another link",
	lacp.ReasonLoopbackSelf:         "leads back to itself",
	lacp.ReasonLoopbackSystem:       "leads to another port of this bond",
	lacp.ReasonStandby:              "is on standby",
	lacp.ReasonNoAggregator:         "has no aggregator",
	lacp.ReasonLostElection:         "leads to another partner or group than the links in use",
	lacp.ReasonBelowMinLinks:        "waits for further links",
	lacp.ReasonSpeedMismatch:        "differs in speed, duplex or key",
}
