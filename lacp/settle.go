package lacp

import "time"

// Execution of the machines. Their guards are conditions over shared variables. A
// port whose variables may have changed is touched. Settling evaluates touched ports,
// in the order Receive, Periodic, Selection with its constraints, Mux, Churn, until no
// guard is true, and then transmits.

// maxRounds limits the rounds of evaluating one port. The machines need three or four.
// A port that does not settle waits for the next input.
const maxRounds = 64

// unsettled is called when a port exceeds maxRounds. Tests replace it.
var unsettled = func(p *port) {}

// settle evaluates touched ports until no machine moves and then emits their actions.
func (s *System) settle() {
	for i := 0; i < len(s.work); i++ {
		p := s.work[i]
		p.queued = false
		for round := 0; s.step(p); round++ {
			if round == maxRounds {
				unsettled(p)
				break
			}
		}
	}
	s.work = s.work[:0]
	for i := 0; i < len(s.dirty); i++ { // updateOper adds to it
		s.updateOper(s.dirty[i].aggregator)
	}
	for _, p := range s.dirty {
		p.dirty = false
		s.emitMux(p)
		s.emitDrain(p)
		s.transmit(p)
		s.appoint(p, p.deadline())
	}
	s.dirty = s.dirty[:0]
}

// step runs each machine of the port until it stays in its state, and reports whether
// any moved.
func (s *System) step(p *port) (moved bool) {
	for s.stepReceive(p) {
		moved = true
	}
	for s.stepPeriodic(p) {
		moved = true
	}
	if p.nextOption().expired(s.now) { // which is rare
		s.expireRepeat(p)
		s.expireLoop(p)
	}
	if s.stepFallback(p) {
		moved = true
	}
	for s.stepDrain(p) {
		moved = true
	}
	if s.stepStanding(p) {
		moved = true
	}
	if s.stepSelection(p) {
		moved = true
	}
	if s.stepStandby(p) {
		moved = true
	}
	for s.stepMux(p) {
		moved = true
	}
	for s.stepActorChurn(p) {
		moved = true
	}
	for s.stepPartnerChurn(p) {
		moved = true
	}
	return moved
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
