package chassis

import (
	"slices"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// noted is what was last reported about a role.
type noted struct {
	known    bool
	active   ID
	epoch    uint64
	permit   Permit // without its time
	heard    map[ID]bool
	vetoes   uint64
	enduring bool
	noStore  bool
}

// storePatience is how many hold times without an answer of the store are reported. A standby chassis
// asks once in each.
const storePatience = 3

// note reports what has changed.
func (r *role) note() {
	m, n := r.machine, &r.noted
	if m.known && (!n.known || m.view.Active != n.active || m.view.Epoch != n.epoch) {
		n.known, n.active, n.epoch = true, m.view.Active, m.view.Epoch
		r.emit(r.activeEvent())
	}
	if p := withoutTime(m.told); p != n.permit {
		n.permit = p
		r.emit(r.permissionEvent())
	}
	r.notePeers()
	if m.vetoes != n.vetoes {
		n.vetoes = m.vetoes
		r.emit(Event{Kind: EventVeto, Chassis: m.vetoed})
	}
	if m.enduring != n.enduring {
		n.enduring = m.enduring
		r.emit(Event{Kind: EventIsolated, Up: m.enduring})
	}
	if no := plane.Clock() > r.store.Contact+storePatience*m.cfg.Hold; no != n.noStore {
		n.noStore = no
		r.emit(Event{Kind: EventStore, Up: !no, Err: r.store.Err})
	}
}

// notePeers reports chassis that are heard or silent now.
func (r *role) notePeers() {
	for i := range r.machine.peers {
		p := &r.machine.peers[i]
		if heard := p.boot != 0 && !r.machine.suspects(p); heard != r.noted.heard[p.id] {
			r.noted.heard[p.id] = heard
			r.emit(Event{Kind: EventChassis, Chassis: p.id, Up: heard})
		}
	}
}

func (r *role) activeEvent() Event {
	v := &r.machine.view
	e := Event{Kind: EventActive, Chassis: v.Active, Epoch: v.Epoch}
	if v.Active == r.machine.cfg.Me {
		e.Cause = r.machine.cause
	}
	return e
}

func (r *role) permissionEvent() Event {
	p := r.noted.permit
	return Event{Kind: EventPermission, Up: p.Epoch != 0, Epoch: p.Epoch, Reason: lacp.Reason{Code: p.Code, Have: p.Have, Want: p.Want}}
}

// present returns the events that begin a Watch.
func (r *role) present() []Event {
	return slices.Concat([]Event{r.activeEvent(), r.permissionEvent()}, r.differing())
}

func withoutTime(p Permit) Permit {
	p.Until = 0
	return p
}
