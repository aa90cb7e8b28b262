package lacp

// Execution of the machines. Their guards are conditions over shared variables. A
// port whose variables may have changed is touched. Settling evaluates touched ports,
// in the order Receive, Periodic, Selection with its constraints, Mux, Churn, until no
// guard is true, and then transmits.

// maxRounds limits the rounds of evaluating one port. The machines need three or four.
// A port that does not settle waits for the next input.
const maxRounds = 64

// unsettled is called when a port exceeds maxRounds. Tests replace it.
var unsettled = func(p *port) {}

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
	s.expireRepeat(p)
	s.expireLoop(p)
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

// emitMux emits an ActionMux if the wanted data path of the port changed.
func (s *System) emitMux(p *port) {
	m := Mux{Collecting: p.collecting, Distributing: p.distributing && p.drain == DrainNone}
	switch {
	case p.attached:
		m.Aggregator = p.aggregator.id
		if !p.aggregator.released {
			m.Collecting, m.Distributing = false, false
		}
	case p.lingering != 0:
		m.Aggregator, m.Collecting = p.lingering, true
	}
	if m == p.emitted {
		return
	}
	p.emitted = m
	s.actions = append(s.actions, Action{Kind: ActionMux, Port: p.cfg.Number, Mux: m})
}

// appoint puts the port's next deadline on the heap. If an earlier entry is already
// there, it stays until it comes up.
func (s *System) appoint(p *port, at instant) {
	switch {
	case at == never:
		s.deadlines.cancel(p)
	case p.place < 0 || at < s.deadlines[p.place].at || s.deadlines[p.place].at <= s.now:
		s.deadlines.plan(p, at)
	}
}
