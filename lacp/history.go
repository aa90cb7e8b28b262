package lacp

import "time"

// HistoryLen is how many transitions the history of a port holds.
const HistoryLen = 64

// event is a transition as stored in the history, 16 octets long.
type event struct {
	at       instant
	machine  Machine
	from, to uint8
	cause    cause
}

// history is a ring of the last transitions of a port.
type history struct {
	events [HistoryLen]event
	count  uint64 // of all events ever added
}

func (h *history) add(e event) {
	h.events[h.count%HistoryLen] = e
	h.count++
}

// record adds a transition to the port's history. It leaves out the Periodic
// machine's passes through PERIODIC_TX. There is one with each LACPDU, and they
// would push out everything else within a minute.
func (s *System) record(p *port, m Machine, from, to uint8, why cause) {
	if m == MachinePeriodic && (from == uint8(PeriodicTx) || to == uint8(PeriodicTx)) {
		return
	}
	p.history.add(event{s.now, m, from, to, why})
}

// History returns the last transitions of a port, at most [HistoryLen], oldest
// first; nil if there is no such port. It leaves out passes through PERIODIC_TX.
func (s *System) History(n PortNumber) []Transition {
	p := s.byNumber.get(n)
	if p == nil {
		return nil
	}
	h := p.history
	out := make([]Transition, 0, min(h.count, HistoryLen))
	for i := h.count - min(h.count, HistoryLen); i < h.count; i++ {
		e := &h.events[i%HistoryLen]
		out = append(out, Transition{
			At: s.time(e.at), Port: n, Machine: e.machine,
			From: e.machine.state(e.from), To: e.machine.state(e.to), Why: e.cause.String(),
		})
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
	h := p.history
	for i := h.count; i > h.count-min(h.count, HistoryLen); i-- {
		if e := &h.events[(i-1)%HistoryLen]; e.machine == m {
			return s.time(e.at)
		}
	}
	return time.Time{}
}

// state returns the name of state i of the machine.
func (m Machine) state(i uint8) string {
	switch m {
	case MachineReceive:
		return ReceiveState(i).String()
	case MachinePeriodic:
		return PeriodicState(i).String()
	case MachineSelection:
		return Selection(i).String()
	case MachineMux:
		return MuxState(i).String()
	}
	return ChurnState(i).String()
}
