package lacp

// port is one Aggregation Port. Its groups are embedded, so that the machines name each
// variable as the standard does. Those that the next LACPDU and the next timer use come
// first, close together, before the counters. A group of one subject is in its file, such
// as portDrain in drain.go.
type port struct {
	cfg  PortConfig
	link Link

	portVariables
	portMachines
	portReception
	portLoop
	portEcho
	portTransmission
	portAlignment
	portRetry
	portStandby
	portDrain
	portDampening
	portFallback
	gates     gates
	withdrawn bool // Synchronization is clear although the port is attached (Config.WithdrawOnExpired)

	queued   bool // on the System's work list
	dirty    bool // touched since the System last settled
	place    int  // index in the heap of deadlines; -1 if absent
	emitted  Mux  // the newest ActionMux
	counters Counters
	since    sinceTimes
	history  *history // stored separately, so that active ports lie close together
}

// portVariables are the variables of 6.4.7 and 6.4.8.
type portVariables struct {
	actor   Info // Actor_Oper_*
	partner Info // Partner_Oper_*

	begin         bool // BEGIN
	portEnabled   bool // port_enabled
	lacpEnabled   bool // LACP_Enabled
	portMoved     bool // port_moved
	ntt           bool // NTT
	readyN        bool // Ready_N
	selected      Selection
	aggregator    *aggregator // the one selected; nil if none
	attached      bool        // the Mux is attached to it
	collecting    bool
	distributing  bool
	received      *PDU // a LACPDU that the Receive machine has not seen yet
	partnerEchoed Info // our values in the partner's last LACPDU
}

// portMachines are the states of the machines and their timers (6.4.10).
type portMachines struct {
	receive      ReceiveState
	periodic     PeriodicState
	mux          MuxState
	actorChurn   ChurnState
	partnerChurn ChurnState

	currentWhile      timer
	periodicTimer     timer
	waitWhile         timer
	actorChurnTimer   timer
	partnerChurnTimer timer
}

// portReception is what the port has received so far.
type portReception struct {
	lastRx       instant
	everRx       bool // a LACPDU was ever received; the last one at lastRx
	steady       bool // the last LACPDU came a fast period after the one before
	heard        bool // a LACPDU was accepted since the link came up
	malformed    bool // an illegal LACPDU came since the newest valid one
	misaddressed bool // a tagged LACPDU, or one to another address, came since then
}

// sinceTimes are the times of the changes that reasons refer to.
type sinceTimes struct {
	link, receive, selected, mux, partnerSync, looped, suppressed instant
}

// defaulted reports whether the partner's values are Partner_Admin's.
func (p *port) defaulted() bool { return p.actor.State.Has(StateDefaulted) }

// individual reports whether the link is an Individual link (6.3.6).
func (p *port) individual() bool {
	return !p.actor.State.Has(StateAggregation) || !p.partner.State.Has(StateAggregation)
}

// lagID returns the LAG ID of the port's link, this System's half first.
func (p *port) lagID() LAGID {
	l := LAGID{
		Local:  LAGIDHalf{System: p.actor.System, Key: p.actor.Key},
		Remote: LAGIDHalf{System: p.partner.System, Key: p.partner.Key},
	}
	if p.individual() {
		l.Local.Port, l.Remote.Port = p.actor.Port, p.partner.Port
	}
	return l
}

// setActorState changes bits of Actor_Oper_Port_State.
func (p *port) setActorState(b State, on bool) { p.actor.State = p.actor.State.with(b, on) }

// setPartnerSync sets Partner_Oper_Port_State.Synchronization.
func (p *port) setPartnerSync(now instant, on bool) {
	if on == p.partner.State.Has(StateSynchronization) {
		return
	}
	p.partner.State = p.partner.State.with(StateSynchronization, on)
	p.since.partnerSync = now
	p.aggregator.rerank()
	if on && !p.defaulted() { // Partner_Admin is not a real partner
		p.counters.PartnerSyncTransitions++
	}
}

// unselect sets Selected to UNSELECTED.
func (p *port) unselect(s *System, why cause) { p.setSelected(s, Unselected, why) }

func (p *port) setSelected(s *System, to Selection, why cause) {
	if to == p.selected {
		return
	}
	from := p.selected
	p.selected, p.since.selected = to, s.now
	trace(s, p, MachineSelection, from, to, why)
}

// timers returns all timers of the port.
func (p *port) timers() [12]*timer {
	return [...]*timer{&p.currentWhile, &p.periodicTimer, &p.waitWhile, &p.actorChurnTimer, &p.partnerChurnTimer,
		&p.drainTimer, &p.reuseTimer, &p.restoreTimer, &p.followTimer, &p.loopTimer, &p.repeatTimer, &p.fallbackTimer}
}

// deadline returns the earliest instant when a guard of the port becomes true without
// an input.
func (p *port) deadline() instant {
	at := never
	earliest := func(t instant) { at = min(at, t) }
	if p.receive == ReceiveExpired || p.receive == ReceiveCurrent {
		earliest(instant(p.currentWhile))
	}
	if p.periodic == FastPeriodic || p.periodic == SlowPeriodic {
		earliest(instant(p.periodicTimer))
	}
	if p.mux == MuxWaiting && !p.readyN {
		earliest(instant(p.waitWhile))
	}
	if p.actorChurn == ChurnMonitor {
		earliest(instant(p.actorChurnTimer))
	}
	if p.partnerChurn == ChurnMonitor {
		earliest(instant(p.partnerChurnTimer))
	}
	if p.ntt {
		earliest(p.mayTransmitAt())
	}
	// These timers are stopped when they have been handled.
	for _, t := range [...]timer{p.drainTimer, p.reuseTimer, p.restoreTimer, p.followTimer, p.loopTimer, p.repeatTimer} {
		earliest(instant(t))
	}
	if p.receive == ReceiveDefaulted {
		earliest(instant(p.fallbackTimer))
	}
	return at
}
