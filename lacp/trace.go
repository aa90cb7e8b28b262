package lacp

import "time"

// trace reports a transition to Config.Trace and adds it to the port's history. It makes
// the names only if Config.Trace is set.
func trace[S interface {
	~uint8
	String() string
}](s *System, p *port, m Machine, from, to S, why cause) {
	if from == to {
		return
	}
	p.history.add(event{s.now, m, uint8(from), uint8(to), why})
	if s.cfg.Trace != nil {
		s.cfg.Trace(Transition{At: s.time(s.now), Port: p.cfg.Number, Machine: m, From: from.String(), To: to.String(), Why: why.String()})
	}
}

// History returns the last transitions of a port, at most [HistoryLen], oldest
// first; nil if there is no such port. It leaves out passes through PERIODIC_TX.
func (s *System) History(n PortNumber) []Transition {
	p := s.byNumber.get(n)
	if p == nil {
		return nil
	}
	events := p.history.all()
	out := make([]Transition, len(events))
	for i, e := range events {
		out[i] = Transition{
			At: s.time(e.at), Port: n, Machine: e.machine,
			From: e.machine.state(e.from), To: e.machine.state(e.to), Why: e.cause.String(),
		}
	}
	return out
}

// Since returns when a machine of the port last changed its state; zero if that is
// no longer in the history, or there is no such port.
func (s *System) Since(n PortNumber, m Machine) time.Time {
	p := s.byNumber.get(n)
	if p == nil {
		return time.Time{}
	}
	at, ok := p.history.since(m)
	if !ok {
		return time.Time{}
	}
	return s.time(at)
}
