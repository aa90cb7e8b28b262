package chassis

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// handover is the order to give the LAG to another chassis.
type handover struct {
	handing bool
	to      ID // empty: the best
}

// HandOver makes the active chassis give the LAG to another one, or with an empty ID to the best.
// The data path is closed before the other one may open. The error is a [*lacp.FieldError] if
// this chassis is not active, or the other one is not able to take over.
func (m *Machine) HandOver(now time.Duration, to ID) error {
	m.at(now)
	if !m.holds() {
		return &lacp.FieldError{Field: "chassis", Value: string(m.cfg.Me), Allowed: "the active one, to hand over"}
	}
	if m.successor(to) == "" {
		return &lacp.FieldError{Field: "to", Value: string(to), Allowed: "a chassis that is heard and able to carry the LAG"}
	}
	m.handing, m.to = true, to
	m.settle()
	return nil
}

// nextActive returns the transaction of the chassis that the store names as active, in this life or in
// none.
func (m *Machine) nextActive() (Op, bool) {
	v := &m.view
	if to := m.leavesTo(); to != "" {
		return m.release(to), true
	}
	m.handing = false
	switch {
	case !m.able():
		return Op{}, false
	case v.Holder == 0:
		return m.claim(CauseHandOver), true
	case !m.holds():
		return m.claim(CauseRestart), true
	case v.Intent != "": // of another one, which is wrong about us
		return m.veto(), true
	}
	return Op{}, false
}

// release closes the data path and returns the transaction that gives the LAG away.
func (m *Machine) release(to ID) Op {
	if !m.off(ruleResigned) {
		m.resigned = m.view.Epoch
	}
	m.until = 0
	m.tell()
	return Op{Kind: OpRelease, To: to, Members: m.members, Epoch: m.view.Epoch}
}

// leavesTo returns the chassis to give the LAG to now; empty to keep it, also if no other chassis
// can take it.
func (m *Machine) leavesTo() ID {
	switch p := m.peer(m.cfg.Prefer); {
	case m.handing:
		return m.successor(m.to)
	case !m.able():
		return m.successor("")
	case p != nil && m.now >= p.wellSince+m.cfg.RestoreDelay:
		return m.successor(p.id)
	}
	return ""
}

// successor returns the given chassis, or the one with the best score if to is empty; empty if it
// can't take over.
func (m *Machine) successor(to ID) (best ID) {
	top := m.cfg.MinScore - 1
	for i := range m.peers {
		p := &m.peers[i]
		if !p.well || m.suspects(p) || p.members != m.members || to != "" && p.id != to {
			continue
		}
		if p.score > top {
			best, top = p.id, p.score
		}
	}
	return best
}
