package lacp

import "time"

// ReasonCode says why a port distributes or not. The numbers are stable: they
// keep their meaning in later versions, and new ones are added.
type ReasonCode uint8

// The reasons, by what has to happen for the port to get further.
const (
	ReasonDistributing ReasonCode = 1 // nothing: it does

	ReasonWaitWhile       ReasonCode = 10 // wait_while runs
	ReasonWaitingForPorts ReasonCode = 11 // other ports of the aggregator still wait
	ReasonAwaitingPartner ReasonCode = 12 // the link is just up, no LACPDU came yet

	ReasonLinkDown     ReasonCode = 30
	ReasonHalfDuplex   ReasonCode = 31
	ReasonLACPDisabled ReasonCode = 32
	ReasonTxFailing    ReasonCode = 33 // our LACPDUs can't be sent

	ReasonNeverHeard      ReasonCode = 50 // no LACPDU since the link came up
	ReasonExpired         ReasonCode = 51 // the partner has fallen silent
	ReasonDefaulted       ReasonCode = 52 // and has been given up
	ReasonPassiveBothEnds ReasonCode = 53 // we are Passive and nobody speaks

	ReasonPartnerNotInSync     ReasonCode = 70
	ReasonPartnerNotCollecting ReasonCode = 71
	ReasonPartnerStale         ReasonCode = 72 // it holds old values of ours
	ReasonPartnerDefaultedUs   ReasonCode = 73 // it does not hear us
	ReasonPartnerInvalid       ReasonCode = 74 // its System is no possible one

	ReasonLoopbackSelf   ReasonCode = 90 // the link leads back to its own port
	ReasonLoopbackSystem ReasonCode = 91 // the link leads to another port of ours

	ReasonStandby      ReasonCode = 110
	ReasonNoAggregator ReasonCode = 111
	ReasonLostElection ReasonCode = 112 // another aggregator of ours carries the data
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

// Reason is why a port is where it is: one finding, the first that keeps it from
// getting further.
type Reason struct {
	Code  ReasonCode
	Since time.Time
	// Have and Want are the two values whose difference is the finding; empty
	// for findings without any.
	Have, Want string
}

var reasonTexts = map[ReasonCode]struct {
	name     string
	severity Severity
	advice   string
}{
	ReasonDistributing:         {"Distributing", SeverityOK, ""},
	ReasonWaitWhile:            {"WaitWhile", SeverityInfo, "Wait: the port gives others two seconds to come up with it."},
	ReasonWaitingForPorts:      {"WaitingForPorts", SeverityInfo, "Wait: another port of the same LAG has come up later."},
	ReasonAwaitingPartner:      {"AwaitingPartner", SeverityInfo, "Wait: the partner has three seconds to answer."},
	ReasonLinkDown:             {"LinkDown", SeverityError, "Check the cable and that both interfaces are up."},
	ReasonHalfDuplex:           {"HalfDuplex", SeverityMisconfiguration, "Set both ends of the link to full duplex."},
	ReasonLACPDisabled:         {"LACPDisabled", SeverityInfo, "Enable LACP on the port."},
	ReasonTxFailing:            {"TxFailing", SeverityError, "See the interface's own error counters and the log: frames can't be sent."},
	ReasonNeverHeard:           {"NeverHeard", SeverityWarning, "Enable LACP on the other end; if it is enabled, look for a bridge in between that filters 01:80:c2:00:00:02."},
	ReasonExpired:              {"Expired", SeverityError, "The partner stopped sending LACPDUs: check that it runs and that the link passes frames towards us."},
	ReasonDefaulted:            {"Defaulted", SeverityError, "The partner is gone though the link is up: check that it runs LACP on this port."},
	ReasonPassiveBothEnds:      {"PassiveBothEnds", SeverityMisconfiguration, "Make one of the two ends Active."},
	ReasonPartnerNotInSync:     {"PartnerNotInSync", SeverityWarning, "The partner has not attached this link: see its own LACP status (its limit of links, key, or a link that is not in its group)."},
	ReasonPartnerNotCollecting: {"PartnerNotCollecting", SeverityInfo, "Wait until the partner collects; if it never does, see its own LACP status."},
	ReasonPartnerStale:         {"PartnerStale", SeverityWarning, "The partner answers with old values of ours: if this lasts, our LACPDUs do not reach it."},
	ReasonPartnerDefaultedUs:   {"PartnerDefaultedUs", SeverityError, "We hear the partner, it does not hear us: check the sending direction of this link."},
	ReasonPartnerInvalid:       {"PartnerInvalid", SeverityMisconfiguration, "Set an individual MAC address as the partner's system identifier."},
	ReasonLoopbackSelf:         {"LoopbackSelf", SeverityMisconfiguration, "Remove the loop: the port receives its own LACPDUs."},
	ReasonLoopbackSystem:       {"LoopbackSystem", SeverityMisconfiguration, "Two ports of this system are connected to each other: connect them to a partner."},
	ReasonStandby:              {"Standby", SeverityInfo, "None needed: the port replaces an active one that fails."},
	ReasonNoAggregator:         {"NoAggregator", SeverityWarning, "No aggregator is free that the port's link could use."},
	ReasonLostElection:         {"LostElection", SeverityMisconfiguration, "The link leads to another partner, or another key there, than the links in use: check the cabling."},
}

// String returns the reason's name, such as "PartnerNotInSync".
func (c ReasonCode) String() string {
	if t, ok := reasonTexts[c]; ok {
		return t.name
	}
	return "invalid"
}

// Severity returns how bad the reason is.
func (c ReasonCode) Severity() Severity { return reasonTexts[c].severity }

// Advice says in a sentence what would get the port further; empty if nothing is needed.
func (c ReasonCode) Advice() string { return reasonTexts[c].advice }

// String returns the reason's name and, if it has any, the two values:
// "PartnerStale (have key 0001, want key 0002)".
func (r Reason) String() string {
	if r.Have == "" && r.Want == "" {
		return r.Code.String()
	}
	return r.Code.String() + " (have " + r.Have + ", want " + r.Want + ")"
}

// reason derives the port's reason from its variables.
func (s *System) reason(p *port) Reason {
	at := func(c ReasonCode, since instant) Reason { return Reason{Code: c, Since: s.time(since)} }
	values := func(c ReasonCode, since instant, have, want string) Reason {
		return Reason{Code: c, Since: s.time(since), Have: have, Want: want}
	}
	switch {
	case p.distributing:
		return at(ReasonDistributing, p.since.mux)
	case !p.portEnabled:
		return at(ReasonLinkDown, p.since.link)
	case p.cfg.Disabled:
		return at(ReasonLACPDisabled, p.since.receive)
	case !p.lacpEnabled:
		return values(ReasonHalfDuplex, p.since.link, p.link.Duplex.String(), DuplexFull.String())
	case p.looped:
		return at(ReasonLoopbackSelf, p.since.looped)
	case p.retryAt != 0:
		return at(ReasonTxFailing, p.retryAt-instant(retryTime))
	case p.receive == ReceiveExpired && p.heard:
		return at(ReasonExpired, p.since.receive)
	case p.receive == ReceiveExpired:
		return at(ReasonAwaitingPartner, p.since.link)
	case p.receive == ReceiveDefaulted && p.heard:
		return at(ReasonDefaulted, p.since.receive)
	case p.receive == ReceiveDefaulted && p.cfg.Passive:
		return at(ReasonPassiveBothEnds, p.since.link)
	case p.receive == ReceiveDefaulted:
		return at(ReasonNeverHeard, p.since.link)
	case !validSystem(p.partner.System):
		return values(ReasonPartnerInvalid, p.since.receive, p.partner.System.MAC.String(), "an individual address")
	case p.partner.System == p.actor.System:
		return at(ReasonLoopbackSystem, p.since.receive)
	case p.selected == Unselected:
		return at(ReasonNoAggregator, p.since.selected)
	case p.selected == Standby:
		return at(ReasonStandby, p.since.selected)
	case p.mux == MuxWaiting && p.readyN:
		return at(ReasonWaitingForPorts, p.since.mux)
	case p.mux == MuxWaiting:
		return at(ReasonWaitWhile, p.since.mux)
	case p.partner.State.Has(StateSynchronization):
		return at(ReasonPartnerNotCollecting, p.since.partnerSync)
	case p.partner.State&(StateDefaulted|StateExpired) != 0:
		return values(ReasonPartnerDefaultedUs, p.since.partnerSync, p.partner.State.String(), (p.partner.State &^ (StateDefaulted | StateExpired)).String())
	case p.partner.State.Has(StateAggregation) && !sameLink(&p.partnerEchoed, &p.actor):
		have, want := firstDifference(&p.partnerEchoed, &p.actor)
		return values(ReasonPartnerStale, p.since.partnerSync, have, want)
	}
	return at(ReasonPartnerNotInSync, p.since.partnerSync)
}

// firstDifference names the first field in which the two differ, with its values.
func firstDifference(have, want *Info) (string, string) {
	hex := func(v uint16) string { return string(appendHex16(nil, v)) }
	switch {
	case have.System != want.System:
		return "system " + have.System.String(), "system " + want.System.String()
	case have.Key != want.Key:
		return "key " + hex(uint16(have.Key)), "key " + hex(uint16(want.Key))
	case have.Port != want.Port:
		return "port " + have.Port.String(), "port " + want.Port.String()
	}
	return "state " + have.State.String(), "state " + want.State.String()
}
