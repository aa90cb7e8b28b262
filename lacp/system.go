package lacp

import (
	"errors"
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
	ranking     []ranked // scratch of stepStandby
	foreign     []Foreign
	stalls      Stalls
	pending     []pending // of Restore
	pdu         PDU       // the one being received
	closing     instant   // when the next gate closes by itself
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
	return &System{cfg: cfg, closing: never}, nil
}

// ID returns the System's identifier.
func (s *System) ID() SystemID { return s.cfg.System }

// String returns the System's identifier and the number of its ports.
func (s *System) String() string {
	return "System " + s.cfg.System.String() + " with " + strconv.Itoa(len(s.ports)) + " ports"
}

// Actions returns the pending actions, in the order to carry them out, and removes
// them. The slice is valid until the next call of any method that takes a time.
func (s *System) Actions() []Action {
	a := s.actions
	s.actions = s.actions[:0]
	return a
}

// setNow sets the System's time to the time of an input. Time never goes back.
func (s *System) setNow(now time.Time) {
	if s.epoch.IsZero() {
		s.epoch = now
	}
	s.now = max(s.now, instant(now.Sub(s.epoch)))
	if s.closing <= s.now {
		s.closeGates()
	}
}

// closeGates closes the gates whose time is over. It comes before any other work of an input,
// so that a caller who is late can't leave one open.
func (s *System) closeGates() {
	s.closing = never
	for _, p := range s.ports {
		if p.gates.close(s.now) {
			p.gateTimer = timer(p.gates.nextClosing())
			p.aggregator.rerank()
			s.touch(p)
		}
		s.closing = min(s.closing, instant(p.gateTimer))
	}
}

// time returns i as a time of the caller's clock.
func (s *System) time(i instant) time.Time { return s.epoch.Add(time.Duration(i)) }

// touch marks the port, so that its guards are evaluated when the System settles.
func (s *System) touch(p *port) {
	if !p.queued {
		p.queued = true
		s.work = append(s.work, p)
	}
	if !p.dirty {
		p.dirty = true
		s.dirty = append(s.dirty, p)
	}
}

// touchAll touches all ports.
func (s *System) touchAll() {
	for _, p := range s.ports {
		s.touch(p)
	}
}

// touchWaiting touches the ports that wait for Ready of a.
func (s *System) touchWaiting(a *aggregator) {
	for _, q := range a.ports {
		if q.mux == MuxWaiting {
			s.touch(q)
		}
	}
}
