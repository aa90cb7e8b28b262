package lacp

import (
	"slices"
	"time"
)

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
	p.since = sinceTimes{s.now, s.now, s.now, s.now, s.now, s.now}
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
