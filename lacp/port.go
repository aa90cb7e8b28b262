package lacp

import "time"

// port is one Aggregation Port. Its groups are embedded, so that the machines name each
// variable as the standard does. Those that every LACPDU and every timer use come first, close
// together: with thousands of ports, the time goes into reading them. The groups that compute
// are files of their own: portTransmission is in txlimit.go, portDampening in dampening.go, gates in gate.go.
type port struct {
	cfg  PortConfig
	link Link

	portVariables
	portMachines
	looped     bool // the port receives its own LACPDUs
	retryFirst bool // this fast period ends with a repeated first LACPDU
	wasUsed    bool // the port has distributed before
	portFallback
	withdrawn bool // Synchronization is clear even if the port is attached (Config.WithdrawOnExpired)
	queued    bool // on the System's work list
	dirty     bool // touched since the System last settled
	portTimers
	portReception
	portEcho
	portTransmission
	leadSpent time.Duration // of leadCredit: how much the port's periods were shortened
	portDrain
	place    int // index in the heap of deadlines; -1 if absent
	emitted  Mux // the newest ActionMux
	counters Counters

	portDampening
	gates   gates
	since   sinceTimes
	history *history // stored separately, so that active ports lie close together
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

// portMachines are the states of the machines.
type portMachines struct {
	receive      ReceiveState
	periodic     PeriodicState
	mux          MuxState
	actorChurn   ChurnState
	partnerChurn ChurnState
}

// portTimers are the timers of the machines (6.4.10) and of the options. They lie together,
// because deadline reads all of them.
type portTimers struct {
	currentWhile      timer
	periodicTimer     timer
	waitWhile         timer
	actorChurnTimer   timer
	partnerChurnTimer timer

	drainTimer    timer
	reuseTimer    timer // runs while dampening suppresses the port
	restoreTimer  timer // wait-to-restore
	followTimer   timer // runs while a deciding partner may not have reported yet that it is attached
	loopTimer     timer // runs while looped
	repeatTimer   timer // runs until the answer to a deaf partner is repeated
	fallbackTimer timer
	gateTimer     timer // until the next gate closes by itself
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

// portEcho is whether the partner hears us, as its LACPDUs show.
type portEcho struct {
	deaf       bool // the partner is in EXPIRED and does not hear us (Config.TreatExpiredAsOutOfSync)
	stale      bool // the partner's LACPDUs show that it does not hear us
	oneWay     bool // stale for longer than an exchange takes
	staleSince instant
}

// portDrain is the drain of a port.
type portDrain struct {
	drain      DrainState
	drainTold  bool         // the action of this DrainState was emitted
	lingering  AggregatorID // the aggregator to go on collecting for; 0 if none
	drainSince instant
}

// portFallback is how far a port without a partner is from carrying data.
type portFallback struct {
	fallback    bool // the port has fallen back
	fallbackDue bool // the port has been in DEFAULTED for FallbackTimeout
}

// nextOption returns when the first timer of an option expires. These timers are stopped when
// they have been handled.
func (p *portTimers) nextOption() timer {
	return min(p.drainTimer, p.reuseTimer, p.restoreTimer, p.followTimer, p.loopTimer, p.repeatTimer, p.fallbackTimer, p.gateTimer)
}

// sinceTimes are the times of the changes that reasons refer to.
type sinceTimes struct {
	link, receive, selected, mux, partnerSync, looped instant
}

// wantsLACP returns LACP_Enabled.
func (p *port) wantsLACP() bool { return !p.cfg.Disabled && p.link.Duplex != DuplexHalf }

// operKey returns Actor_Oper_Port_Key.
func (p *port) operKey() Key {
	if p.cfg.StaticKey {
		return p.cfg.Key
	}
	return FoldKey(p.cfg.Key, p.link)
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
