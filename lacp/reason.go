package lacp

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Reason explains the state of a port. It is the first finding that keeps the port
// from distributing.
type Reason struct {
	Code  ReasonCode
	Since time.Time
	// Have and Want are the two values that differ; empty for findings without
	// values.
	Have, Want string
}

// reasonText holds what a reason says, apart from the time.
type reasonText struct {
	name     string
	severity Severity
	advice   string
	values   func(s *System, p *port) (have, want string) // nil if finding gives no values
}

var reasonTexts = [math.MaxUint8 + 1]reasonText{
	ReasonDistributing:         {"Distributing", SeverityOK, "", nil},
	ReasonWaitWhile:            {"WaitWhile", SeverityInfo, "Wait: the port gives others two seconds to come up with it.", nil},
	ReasonWaitingForPorts:      {"WaitingForPorts", SeverityInfo, "Wait: another port of the same LAG has come up later.", nil},
	ReasonAwaitingPartner:      {"AwaitingPartner", SeverityInfo, "Wait: the partner has three seconds to answer.", nil},
	ReasonGateHold:             {"GateHold", SeverityInfo, "Open the gate, or see why its owner closed it.", nil},
	ReasonDampened:             {"Dampened", SeverityWarning, "Find out why the link flaps; it is used again when it has been quiet for a while.", penalties},
	ReasonWaitToRestore:        {"WaitToRestore", SeverityInfo, "Wait: the link has recovered and is used again when the wait-to-restore time is over.", nil},
	ReasonFallbackWait:         {"FallbackWait", SeverityInfo, "Wait: without a partner the port falls back to carrying data when the fallback timeout is over.", nil},
	ReasonBringUpDelay:         {"BringUpDelay", SeverityInfo, "Wait: the link is used when the up delay is over.", nil},
	ReasonDraining:             {"Draining", SeverityInfo, "None needed: the port was drained. Undrain it to use it again.", nil},
	ReasonLinkDown:             {"LinkDown", SeverityError, "Check the cable and that both interfaces are up.", nil},
	ReasonHalfDuplex:           {"HalfDuplex", SeverityMisconfiguration, "Set both ends of the link to full duplex.", duplexModes},
	ReasonLACPDisabled:         {"LACPDisabled", SeverityInfo, "Enable LACP on the port.", nil},
	ReasonTxFailing:            {"TxFailing", SeverityError, "See the interface's own error counters and the log: frames can't be sent.", nil},
	ReasonAdminDown:            {"AdminDown", SeverityInfo, "Set the bond up.", nil},
	ReasonMTUMismatch:          {"MTUMismatch", SeverityMisconfiguration, "Give the interface an MTU that is at least the bond's.", nil},
	ReasonInterfaceChanged:     {"InterfaceChanged", SeverityMisconfiguration, "Find the program that changes this interface, and have it leave the interface alone.", nil},
	ReasonInterfaceDown:        {"InterfaceDown", SeverityError, "The interface was set down on this host: set it up.", nil},
	ReasonPlaneRefused:         {"PlaneRefused", SeverityError, "See the log for what the data plane refuses; if it is only late, find the program that holds the kernel's lock of network interfaces.", nil},
	ReasonNeverHeard:           {"NeverHeard", SeverityWarning, "Enable LACP on the other end; if it is enabled, look for a bridge in between that filters 01:80:c2:00:00:02.", nil},
	ReasonExpired:              {"Expired", SeverityError, "The partner stopped sending LACPDUs: check that it runs and that the link passes frames towards us.", nil},
	ReasonDefaulted:            {"Defaulted", SeverityError, "The partner is gone though the link is up: check that it runs LACP on this port.", nil},
	ReasonPassiveBothEnds:      {"PassiveBothEnds", SeverityMisconfiguration, "Make one of the two ends Active.", nil},
	ReasonMalformedPDUs:        {"MalformedPDUs", SeverityError, "The received LACPDUs are malformed: look at them in a capture, and at the partner's software.", nil},
	ReasonMisaddressed:         {"Misaddressed", SeverityMisconfiguration, "LACPDUs arrive with a VLAN tag or for another address: have the partner send them untagged to 01:80:c2:00:00:02.", nil},
	ReasonPartnerIndividual:    {"PartnerIndividual", SeverityMisconfiguration, "Put the partner's port into the same LACP group as its others.", nil},
	ReasonDifferentPartner:     {"DifferentPartner", SeverityMisconfiguration, "The link leads to another system than the links in use: check the cabling.", nil},
	ReasonDifferentPartnerKey:  {"DifferentPartnerKey", SeverityMisconfiguration, "The link leads to another group of the partner than the links in use: check the cabling and the partner's group.", nil},
	ReasonDuplicatePartnerPort: {"DuplicatePartnerPort", SeverityMisconfiguration, "Two ports hear one partner port: look for a hub, or for two partners with one identity.", duplicatePort},
	ReasonPartnerNotInSync:     {"PartnerNotInSync", SeverityWarning, "The partner has not attached this link: see its own LACP status (its limit of links, key, or a link that is not in its group).", nil},
	ReasonPartnerNotCollecting: {"PartnerNotCollecting", SeverityInfo, "Wait until the partner collects; if it never does, see its own LACP status.", nil},
	ReasonPartnerStale:         {"PartnerStale", SeverityWarning, "The partner answers with old values of ours: if this lasts, our LACPDUs do not reach it.", echoes},
	ReasonPartnerDefaultedUs:   {"PartnerDefaultedUs", SeverityError, "We hear the partner, it does not hear us: check the sending direction of this link.", partnerStates},
	ReasonPartnerInvalid:       {"PartnerInvalid", SeverityMisconfiguration, "Set an individual MAC address as the partner's system identifier.", partnerSystems},
	ReasonLoopbackSelf:         {"LoopbackSelf", SeverityMisconfiguration, "Remove the loop: the port receives its own LACPDUs.", nil},
	ReasonLoopbackSystem:       {"LoopbackSystem", SeverityMisconfiguration, "Two ports of this system are connected to each other: connect them to a partner.", nil},
	ReasonStandby:              {"Standby", SeverityInfo, "None needed: the port replaces an active one that fails.", ranks},
	ReasonNoAggregator:         {"NoAggregator", SeverityWarning, "No free aggregator is available for the port's link.", nil},
	ReasonBelowMinLinks:        {"BelowMinLinks", SeverityError, "Bring up more links, or lower the number that is needed.", distributingCounts},
	ReasonSpeedMismatch:        {"SpeedMismatch", SeverityMisconfiguration, "Give all links of the bundle one speed and full duplex.", nil},
	ReasonStandbyChassis:       {"StandbyChassis", SeverityInfo, "None needed: this chassis takes over when the active one fails.", nil},
	ReasonPermissionLost:       {"PermissionLost", SeverityError, "Check the paths to the store and to the other chassis: without both no chassis may carry data.", nil},
	ReasonNotReady:             {"NotReady", SeverityInfo, "Wait until the services behind the bond are ready on this chassis.", nil},
	ReasonChassisDiffers:       {"ChassisDiffers", SeverityMisconfiguration, "Give all chassis of the LAG the same settings.", nil},
	ReasonNoStore:              {"NoStore", SeverityError, "Check that the store of the chassis runs and can be reached.", nil},
	ReasonLostElection:         {"LostElection", SeverityMisconfiguration, "The link leads to another partner or partner key than the links in use: check the cabling.", nil},
}

// String returns the reason's name, such as "PartnerNotInSync".
func (c ReasonCode) String() string {
	if n := reasonTexts[c].name; n != "" {
		return n
	}
	return "invalid"
}

// Severity returns the severity of the reason.
func (c ReasonCode) Severity() Severity { return reasonTexts[c].severity }

// Advice returns what to do to make the port distribute; empty if nothing is needed.
func (c ReasonCode) Advice() string { return reasonTexts[c].advice }

// String returns the reason's name and its values, if any:
// "PartnerStale (have key 1, want key 2)".
func (r Reason) String() string {
	if r.Have == "" && r.Want == "" {
		return r.Code.String()
	}
	if r.Want == "" {
		return r.Code.String() + " (" + r.Have + ")"
	}
	return r.Code.String() + " (have " + r.Have + ", want " + r.Want + ")"
}

// reason derives the port's reason from its variables.
func (s *System) reason(p *port) Reason {
	if p.distributing && p.drain == DrainNone && p.aggregator.released {
		return Reason{Code: ReasonDistributing, Since: s.time(p.since.mux)}
	}
	code, since := s.finding(p)
	if g := p.gates.lowest(); g != nil && g.code == code {
		return Reason{code, s.time(since), g.have, g.want}
	}
	values := reasonTexts[code].values
	if values == nil {
		return Reason{Code: code, Since: s.time(since)}
	}
	have, want := values(s, p)
	return Reason{code, s.time(since), have, want}
}

// finding returns the first thing that keeps the port from carrying data, and since when. A
// runtime asks for it around each frame. A switch takes a quarter of the time that a table
// of functions does.
func (s *System) finding(p *port) (ReasonCode, instant) {
	switch {
	case p.distributing && p.drain == DrainNone && s.cfg.AdminDown:
		return ReasonAdminDown, p.since.mux
	case p.distributing && p.drain == DrainNone:
		return ReasonBelowMinLinks, p.since.mux
	case !p.portEnabled:
		return ReasonLinkDown, p.since.link
	case p.cfg.Disabled:
		return ReasonLACPDisabled, p.since.receive
	case !p.lacpEnabled:
		return ReasonHalfDuplex, p.since.link
	case p.looped:
		return ReasonLoopbackSelf, p.since.looped
	case p.retryAt != 0:
		return ReasonTxFailing, p.retryAt - instant(retryTime)
	case p.drain != DrainNone:
		return ReasonDraining, p.drainSince
	case p.reuseTimer.running():
		return ReasonDampened, p.penaltyAt
	case p.receive != ReceiveCurrent:
		return s.findingWithoutPartner(p)
	case !validSystem(p.partner.System):
		return ReasonPartnerInvalid, p.since.receive
	case p.partner.System == p.actor.System:
		return ReasonLoopbackSystem, p.since.receive
	case p.selected == Unselected:
		return ReasonNoAggregator, p.since.selected
	case p.whyBarred() == causeGate:
		return p.gates.lowest().finding()
	case p.selected == Standby && p.restoreTimer.running():
		return ReasonWaitToRestore, p.since.selected
	case p.selected == Standby:
		return ReasonStandby, p.since.selected
	case p.mux == MuxWaiting && p.readyN:
		return ReasonWaitingForPorts, p.since.mux
	case p.mux == MuxWaiting:
		return ReasonWaitWhile, p.since.mux
	}
	return s.findingAttached(p)
}

// findingWithoutPartner is the finding about a port that does not hear its partner.
func (s *System) findingWithoutPartner(p *port) (ReasonCode, instant) {
	switch {
	case p.malformed:
		return ReasonMalformedPDUs, p.since.receive
	case p.misaddressed:
		return ReasonMisaddressed, p.since.receive
	case p.receive == ReceiveExpired && p.heard:
		return ReasonExpired, p.since.receive
	case p.receive == ReceiveExpired:
		return ReasonAwaitingPartner, p.since.link
	case s.cfg.Fallback != FallbackNone && !p.fallbackDue:
		return ReasonFallbackWait, p.since.receive
	case p.heard:
		return ReasonDefaulted, p.since.receive
	case p.cfg.Passive:
		return ReasonPassiveBothEnds, p.since.link
	}
	return ReasonNeverHeard, p.since.link
}

// findingAttached is the finding about a port that is attached and waits for its partner.
func (s *System) findingAttached(p *port) (ReasonCode, instant) {
	switch {
	case p.partner.State.Has(StateSynchronization|StateCollecting) && p.held():
		return p.gates.lowest().finding()
	case p.partner.State.Has(StateSynchronization):
		return ReasonPartnerNotCollecting, p.since.partnerSync
	case p.partner.State&(StateDefaulted|StateExpired) != 0:
		return ReasonPartnerDefaultedUs, p.since.partnerSync
	case p.partner.State.Has(StateAggregation) && !sameLink(&p.partnerEchoed, &p.actor):
		return ReasonPartnerStale, p.since.partnerSync
	case s.duplicates(p):
		return ReasonDuplicatePartnerPort, p.since.partnerSync
	}
	return ReasonPartnerNotInSync, p.since.partnerSync
}

// The functions below return the two values of a reason.

func penalties(s *System, p *port) (have, want string) {
	penalty := func(v uint32) string { return "penalty " + strconv.FormatUint(uint64(v), 10) }
	return penalty(uint32(p.penaltyNow(&s.cfg.Dampening, s.now))), penalty(s.cfg.Dampening.Reuse)
}

func duplexModes(_ *System, p *port) (have, want string) {
	return p.link.Duplex.String(), DuplexFull.String()
}

func partnerStates(_ *System, p *port) (have, want string) {
	return p.partner.State.String(), (p.partner.State &^ (StateDefaulted | StateExpired)).String()
}

func echoes(_ *System, p *port) (have, want string) {
	return firstDifference(&p.partnerEchoed, &p.actor)
}

func partnerSystems(_ *System, p *port) (have, want string) {
	return p.partner.System.MAC.String(), "an individual address"
}

func duplicatePort(_ *System, p *port) (have, want string) { return portText(p.partner.Port), "" }

func ranks(s *System, p *port) (have, want string) {
	return portText(p.deciding()), "one of the first " + strconv.Itoa(s.cfg.MaxLinks)
}

func distributingCounts(s *System, p *port) (have, want string) {
	count := func(n int) string { return strconv.Itoa(n) + " distributing" }
	return count(s.distributing(p.aggregator)), count(s.cfg.MinLinks)
}

// duplicates reports whether another port, even of another chassis, hears the same port of the same partner.
func (s *System) duplicates(p *port) bool {
	for _, q := range s.ports {
		if q != p && q.receive == ReceiveCurrent && q.partner.System == p.partner.System && q.partner.Port == p.partner.Port {
			return true
		}
	}
	return s.foreignHears(p)
}

// foreignHears reports whether a foreign port hears the same port of the same partner as p.
func (s *System) foreignHears(p *port) bool {
	return slices.ContainsFunc(s.foreign, func(f Foreign) bool {
		return f.Partner.System == p.partner.System && f.Partner.Port == p.partner.Port
	})
}

// OffAggregatorReason returns why a working port is not on aggregator id, such as the one that
// carries a bond's data. The reason gives the difference between the two LAG IDs.
func (s *System) OffAggregatorReason(n PortNumber, id AggregatorID) Reason {
	p := s.byNumber.get(n)
	if p == nil {
		return Reason{Code: ReasonLostElection}
	}
	r := Reason{Code: ReasonLostElection, Since: s.time(p.since.selected)}
	if p.partner.System == p.actor.System {
		r.Code = ReasonLoopbackSystem
		return r
	}
	i, found := s.findAggregator(id)
	if !found || len(s.aggregators[i].ports) == 0 {
		return r
	}
	lag, q := &s.aggregators[i].lag, s.aggregators[i].ports[0]
	switch {
	case p.partner.System != lag.Remote.System:
		r.Code, r.Have, r.Want = ReasonDifferentPartner, p.partner.System.String(), lag.Remote.System.String()
	case p.link.known() && q.link.known() && !p.link.matches(q.link):
		r.Code, r.Have, r.Want = ReasonSpeedMismatch, p.link.rate(), q.link.rate()
	case p.actor.Key != lag.Local.Key && !p.link.matches(q.link): // the partner's key may follow the speed as ours does
		r.Code, r.Have, r.Want = ReasonSpeedMismatch, keyText(p.actor.Key), keyText(lag.Local.Key)
	case p.partner.Key != lag.Remote.Key:
		r.Code, r.Have, r.Want = ReasonDifferentPartnerKey, keyText(p.partner.Key), keyText(lag.Remote.Key)
	case p.actor.Key != lag.Local.Key:
		r.Code, r.Have, r.Want = ReasonSpeedMismatch, keyText(p.actor.Key), keyText(lag.Local.Key)
	case !p.partner.State.Has(StateAggregation):
		r.Code = ReasonPartnerIndividual
	}
	return r
}

// keyText and portText format keys and ports in decimal, as operators configure them.
func keyText(k Key) string { return "key " + strconv.Itoa(int(k)) }

func portText(p PortID) string {
	return "port " + strconv.Itoa(int(p.Number)) + " of priority " + strconv.Itoa(int(p.Priority))
}

// firstDifference returns the first field that differs, with both values.
func firstDifference(have, want *Info) (string, string) {
	switch {
	case have.System != want.System:
		return "system " + have.System.String(), "system " + want.System.String()
	case have.Key != want.Key:
		return keyText(have.Key), keyText(want.Key)
	case have.Port != want.Port:
		return portText(have.Port), portText(want.Port)
	}
	return "state " + have.State.String(), "state " + want.State.String()
}
