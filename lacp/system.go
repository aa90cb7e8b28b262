package lacp

import (
	"errors"
	"slices"
	"strconv"
	"time"
)

// System is the Link Aggregation Control of one 802.1AX System: the state
// machines of its ports and the Selection Logic over them. See the package
// documentation for the loop that drives it.
//
// A System is not safe for concurrent use. Each input carries its time; a time
// before that of an earlier input counts as that earlier one.
type System struct {
	cfg         Config
	epoch       time.Time // of the first input; instant 0
	now         instant
	ports       []*port // in the order of their numbers
	byNumber    portTable
	aggregators []*aggregator // in the order of their identifiers
	deadlines   timerHeap
	down        []*port // disabled ports that still hold a partner
	work        []*port // to be evaluated
	dirty       []*port // evaluated since the System last settled
	actions     []Action
	ranking     []*port // scratch of stepStandby
	stalls      Stalls
	pending     []pending // of Restore
	pdu         PDU       // the one being received
}

// ErrNoPort is returned for a port number that the System does not have.
var ErrNoPort = errors.New("lacp: no such port")

// ErrPortExists is returned by [System.AddPort] for a port number in use.
var ErrPortExists = errors.New("lacp: port number is taken")

// NewSystem returns a System without ports. The error is a [*FieldError].
func NewSystem(cfg Config) (*System, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &System{cfg: cfg}, nil
}

// AddPort adds a port. Its link is down until [System.SetLink]. The error is
// [ErrPortExists] or a [*FieldError].
func (s *System) AddPort(now time.Time, c PortConfig) error {
	if err := c.check(); err != nil {
		return err
	}
	if s.byNumber.get(c.Number) != nil {
		return ErrPortExists
	}
	s.setNow(now)
	p := &port{cfg: c, place: -1, history: new(history)}
	p.begin = true
	for _, t := range p.timers() {
		t.stop()
	}
	p.since = sinceTimes{s.now, s.now, s.now, s.now, s.now, s.now, s.now}
	p.actor = Info{System: s.cfg.System, State: c.adminState()}
	p.actor.Port = PortID{Priority: c.Priority, Number: c.Number}
	p.lacpEnabled = p.wantsLACP()
	p.actor.Key = p.operKey()

	i, _ := slices.BinarySearchFunc(s.ports, c.Number, func(q *port, n PortNumber) int { return int(q.cfg.Number) - int(n) })
	s.ports = slices.Insert(s.ports, i, p)
	s.byNumber.set(c.Number, p)
	s.addAggregator(p)
	s.touch(p)
	s.settle()
	return nil
}

// SetPort changes the administrative state of port c.Number. Changes take effect at
// once. With a new key or Aggregation the port leaves its aggregator and selects one
// again. Activity, timeout and priority are only announced to the partner. A longer
// timeout applies at once, a shorter one from the partner's next LACPDU. The error is
// [ErrNoPort] or a [*FieldError].
func (s *System) SetPort(now time.Time, c PortConfig) error {
	if err := c.check(); err != nil {
		return err
	}
	p := s.byNumber.get(c.Number)
	if p == nil {
		return ErrNoPort
	}
	s.setNow(now)
	old := p.cfg
	p.cfg = c
	admin := StateActivity | StateTimeout | StateAggregation
	p.actor.State = p.actor.State&^admin | c.adminState()
	p.actor.Port.Priority = c.Priority
	p.lacpEnabled = p.wantsLACP()
	if c != old {
		p.ntt = true
	}
	switch key := p.operKey(); {
	case key != p.actor.Key:
		p.actor.Key = key
		p.unselect(s, causeKeyChanged)
	case c.Individual != old.Individual:
		p.unselect(s, causeAggregationChanged)
	case c.Priority != old.Priority && p.individual():
		p.unselect(s, causePortIDChanged)
	case c.CoupledControl != old.CoupledControl:
		p.unselect(s, causeMuxControlChanged)
	}
	if c.PartnerAdmin != old.PartnerAdmin {
		s.reenterDefault(p)
	}
	p.timeoutChanged(s.now, &old)
	p.aggregator.rerank()
	s.touch(p)
	s.settle()
	return nil
}

// SetSystem changes the System's identifier. All ports leave their aggregators and
// select again. The error is a [*FieldError].
func (s *System) SetSystem(now time.Time, id SystemID) error {
	cfg := s.cfg
	cfg.System = id
	if err := cfg.check(); err != nil {
		return err
	}
	s.setNow(now)
	if cfg.System == s.cfg.System {
		return nil
	}
	s.cfg.System = cfg.System
	for _, p := range s.ports {
		p.actor.System = cfg.System
		p.ntt = true
		p.unselect(s, causeSystemChanged)
		s.touch(p)
	}
	// All ports leave before any selects again, so that a LAG keeps its aggregator.
	for _, p := range s.ports {
		for p.mux != MuxDetached && s.stepMux(p) {
		}
	}
	s.settle()
	return nil
}

// SetConfig changes the System's options while it runs. Unchanged options have no
// effect. A changed System acts like [System.SetSystem]. Timers that are running keep
// their times. The error is a [*FieldError].
func (s *System) SetConfig(now time.Time, c Config) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := s.SetSystem(now, c.System); err != nil {
		return err
	}
	old := s.cfg
	s.cfg = c
	for _, a := range s.aggregators {
		a.unranked, a.recount = true, true
	}
	for _, p := range s.ports {
		if c.CollectorMaxDelay != old.CollectorMaxDelay || c.Destination != old.Destination {
			p.ntt = true
		}
		if c.Dampening.HalfLife == 0 {
			p.penalty = 0
			p.reuseTimer.stop()
		}
		if c.WaitToRestore == 0 {
			p.restoreTimer.stop()
		}
		if c.RequirePartner && !old.RequirePartner && p.defaulted() && !p.fallback {
			p.unselect(s, causeNoPartner)
		}
		if c.Fallback != old.Fallback || c.FallbackTimeout != old.FallbackTimeout {
			s.resetFallback(p)
		}
		s.touch(p)
	}
	s.settle()
	return nil
}

// RemovePort removes a port gracefully. The last actions of the port disable its data
// path and send a LACPDU with Synchronization, Collecting and Distributing clear, so
// that the partner stops using the link at once. The transmit limit does not delay that
// LACPDU. The error is [ErrNoPort].
func (s *System) RemovePort(now time.Time, n PortNumber) error {
	p := s.byNumber.get(n)
	if p == nil {
		return ErrNoPort
	}
	s.setNow(now)
	p.drain, p.lingering = DrainNone, 0
	p.unselect(s, causePortRemoved)
	for s.stepMux(p) {
	}
	s.emitMux(p)
	if p.portEnabled && p.lacpEnabled && p.periodic != PeriodicNone {
		s.send(p)
	}
	s.deadlines.cancel(p)
	isP := func(q *port) bool { return q == p }
	s.ports = slices.DeleteFunc(s.ports, isP)
	s.down = slices.DeleteFunc(s.down, isP)
	s.work = slices.DeleteFunc(s.work, isP)
	s.dirty = slices.DeleteFunc(s.dirty, isP)
	s.byNumber.set(n, nil)
	s.removeOwner(p)
	s.settle()
	return nil
}

// SetLink sets the state of a port's link. It determines port_enabled and, with speed
// and duplex mode, LACP_Enabled and the operational key. The error is [ErrNoPort].
func (s *System) SetLink(now time.Time, n PortNumber, l Link) error {
	p := s.byNumber.get(n)
	if p == nil {
		return ErrNoPort
	}
	s.setNow(now)
	if l == p.link {
		return nil
	}
	if l.Up != p.link.Up {
		p.since.link = s.now
		p.heard, p.deaf = false, false
		p.malformed, p.misaddressed = false, false
		s.endLoop(p)
		p.aggregator.rerank()
		s.touchFallback()
	}
	p.link = l
	p.portEnabled = l.Up
	// A link that is down may not report its speed. The port keeps its key, so that it
	// stays SELECTED if the link bounces with the same partner.
	if l.Up {
		p.lacpEnabled = p.wantsLACP()
		if key := p.operKey(); key != p.actor.Key {
			p.actor.Key = key
			p.ntt = true
			p.unselect(s, causeKeyChanged)
		}
		s.restore(p)
	}
	s.touch(p)
	s.settle()
	return nil
}

// Receive processes a frame, without FCS, that a port received. It accepts every
// slow-protocols frame and counts them all. LACPDUs go to the port's machines. Frames
// of the Marker protocol are only counted; package marker answers them.
//
// Receive returns the kind of the frame. SlowUnknown includes frames that are not
// valid for a slow protocol because they are tagged, or sent to an address other than
// the three group addresses. The error for SlowIllegal is [ErrShort], [ErrLength],
// [ErrSubtype] or [ErrMarkerType]; for an unknown port it is [ErrNoPort].
func (s *System) Receive(now time.Time, n PortNumber, frame []byte) (SlowKind, error) {
	p := s.byNumber.get(n)
	if p == nil {
		return NotSlow, ErrNoPort
	}
	f := ParseSlow(frame)
	if f.Kind != NotSlow && (!f.Untagged() || !f.ToGroup()) {
		p.counters.UnknownRx++
		p.misaddressed = p.misaddressed || f.Kind == SlowLACPDU
		return SlowUnknown, nil
	}
	switch f.Kind {
	case NotSlow:
		// This is the only one of the group addresses reserved for slow protocols.
		if f.Destination == SlowProtocolsMulticast {
			p.counters.UnknownRx++
			return SlowUnknown, nil
		}
	case SlowLACPDU:
		p.counters.LACPDUsRx++
		s.setNow(now)
		s.receivePDU(p, f.PDU)
	case SlowMarker:
		p.counters.MarkerPDUsRx++
	case SlowMarkerResponse:
		p.counters.MarkerResponsePDUsRx++
	case SlowIllegal:
		p.counters.IllegalRx++
		p.malformed = true
	default:
		p.counters.UnknownRx++
	}
	return f.Kind, f.Err
}

// receivePDU passes a LACPDU that was checked to the port's machines.
func (s *System) receivePDU(p *port, pdu []byte) {
	s.pdu.read((*[PDULen]byte)(pdu))
	p.steady = p.everRx && isPeriod(s.now-p.lastRx)
	p.lastRx, p.everRx = s.now, true
	if p.isLooped(&s.pdu) {
		s.noteLoop(p)
		return
	}
	if !p.portEnabled {
		return
	}
	p.heard, p.malformed, p.misaddressed = true, false, false
	s.endLoop(p)
	s.findMoved(&s.pdu)
	if s.refresh(p, &s.pdu) {
		if len(s.work) > 0 { // another port's partner has moved here
			s.settle()
		}
		return
	}
	p.received = &s.pdu
	s.touch(p)
	s.settle()
	p.received = nil // a disabled Receive machine has not consumed it
}

// Advance handles the timers that have expired. Pass frames received before now to
// Receive first, so that a partner whose LACPDU is queued is not declared lost.
func (s *System) Advance(now time.Time) {
	s.setNow(now)
	stalled := s.checkStall()
	for s.deadlines.next() <= s.now {
		p := s.deadlines[0].port
		if at := p.deadline(); at > s.now {
			s.appoint(p, at)
			continue
		}
		if stalled {
			s.extendForStall(p)
		}
		s.deadlines.cancel(p)
		s.touch(p)
	}
	s.settle()
}

// Deadline returns when Advance has to be called if no other input comes before; zero
// if no call is needed.
func (s *System) Deadline() time.Time {
	at := s.nextDue()
	if at == never {
		return time.Time{}
	}
	return s.time(at)
}

// nextDue returns the instant when the next guard becomes true without an input.
func (s *System) nextDue() instant {
	for {
		at := s.deadlines.next()
		if at == never {
			return never
		}
		p := s.deadlines[0].port
		switch due := p.deadline(); {
		case due <= at:
			return at
		case due == never:
			s.deadlines.cancel(p)
		default:
			s.deadlines.plan(p, due)
		}
	}
}

// Actions returns the pending actions, in the order to carry them out, and removes
// them. The slice is valid until the next call of any method that takes a time.
func (s *System) Actions() []Action {
	a := s.actions
	s.actions = s.actions[:0]
	return a
}

// change applies an input at time now to port n. The error is [ErrNoPort].
func (s *System) change(now time.Time, n PortNumber, change func(*port)) error {
	p := s.byNumber.get(n)
	if p == nil {
		return ErrNoPort
	}
	s.setNow(now)
	change(p)
	s.touch(p)
	s.settle()
	return nil
}

// setNow sets the System's time to the time of an input. Time never goes back.
func (s *System) setNow(now time.Time) {
	if s.epoch.IsZero() {
		s.epoch = now
	}
	s.now = max(s.now, instant(now.Sub(s.epoch)))
}

// time returns i as a time of the caller's clock.
func (s *System) time(i instant) time.Time { return s.epoch.Add(time.Duration(i)) }

// addAggregator gives a new port its aggregator. An aggregator of an earlier port with
// the same number may still exist, carrying the LAG of other ports. It is reused.
func (s *System) addAggregator(p *port) {
	id := AggregatorID(p.cfg.Number)
	i, found := s.findAggregator(id)
	if !found {
		s.aggregators = slices.Insert(s.aggregators, i, &aggregator{id: id})
	}
	s.aggregators[i].owner = p
}

// removeOwner clears the owner of a removed port's aggregator. The aggregator is dropped
// once it is empty.
func (s *System) removeOwner(p *port) {
	i, _ := s.findAggregator(AggregatorID(p.cfg.Number))
	s.aggregators[i].owner = nil
	s.dropOrphan(s.aggregators[i])
}

// dropOrphan removes an empty aggregator whose port is gone.
func (s *System) dropOrphan(a *aggregator) {
	if a.owner == nil && len(a.ports) == 0 {
		i, _ := s.findAggregator(a.id)
		s.aggregators = slices.Delete(s.aggregators, i, i+1)
	}
}

// aggregatorOf returns the aggregator with the port's number.
func (s *System) aggregatorOf(p *port) *aggregator {
	i, _ := s.findAggregator(AggregatorID(p.cfg.Number))
	return s.aggregators[i]
}

func (s *System) findAggregator(id AggregatorID) (int, bool) {
	return slices.BinarySearchFunc(s.aggregators, id, func(a *aggregator, id AggregatorID) int { return int(a.id) - int(id) })
}

// String returns the System's identifier and the number of its ports.
func (s *System) String() string {
	return "System " + s.cfg.System.String() + " with " + strconv.Itoa(len(s.ports)) + " ports"
}
