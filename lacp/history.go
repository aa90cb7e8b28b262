package lacp

import "slices"

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

// add adds a transition. It leaves out the Periodic machine's passes through
// PERIODIC_TX. There is one with each LACPDU, and they would push out everything else
// within a minute.
func (h *history) add(e event) {
	if e.machine == MachinePeriodic && (e.from == uint8(PeriodicTx) || e.to == uint8(PeriodicTx)) {
		return
	}
	h.events[h.count%HistoryLen] = e
	h.count++
}

// all returns a copy of the transitions that the ring holds, oldest first.
func (h *history) all() []event {
	n := min(h.count, HistoryLen)
	oldest := (h.count - n) % HistoryLen
	return append(slices.Clone(h.events[oldest:n]), h.events[:oldest]...)
}

// since returns when the machine last changed its state; false if that is no longer in
// the ring.
func (h *history) since(m Machine) (instant, bool) {
	for i := h.count; i > h.count-min(h.count, HistoryLen); i-- {
		if e := &h.events[(i-1)%HistoryLen]; e.machine == m {
			return e.at, true
		}
	}
	return 0, false
}
