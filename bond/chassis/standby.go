package chassis

import "time"

// The way of a standby chassis to the LAG: it suspects the active one, writes its intent, waits
// until every permission of the active one has ended, and claims.

const (
	// staleIntent is how many fence times an intent may be in the way of another chassis.
	staleIntent = 3

	// The pauses after vetoed intents.
	firstBackoff = time.Second
	mostBackoff  = 16 * time.Second
)

// nextStandby returns the transaction of an able chassis while another one is active.
func (m *Machine) nextStandby() (Op, bool) {
	v := &m.view
	p := m.peer(v.Active)
	mine := v.Members == m.members || m.off(ruleMembers)
	switch {
	case v.Intent == m.cfg.Me && !(mine && m.suspects(p)):
		return m.veto(), true
	case !mine || !m.suspects(p):
		return Op{}, false
	case m.proven(p):
		return m.claim(CauseGone), true
	case v.Intent == m.cfg.Me && p != nil && p.gone:
		return m.claim(CauseGone), m.fenced()
	case v.Intent == m.cfg.Me:
		return m.claim(CauseSilent), m.fenced()
	case v.Intent != "":
		return m.veto(), m.now >= m.otherAt+staleIntent*m.cfg.fence()
	}
	return Op{Kind: OpIntent, Chassis: m.cfg.Me, Epoch: v.Epoch}, m.now >= m.notBefore
}

// nextReturn returns the transaction of a chassis while the LAG belongs to another life under its name. It
// waits like a standby chassis until every permission of that life has ended; if that life is still
// there, it vetoes. A chassis that can't carry the LAG then gives it to another one.
func (m *Machine) nextReturn() (Op, bool) {
	v := &m.view
	to := ID("")
	if !m.able() {
		to = m.successor("")
	}
	switch {
	case v.Intent == m.cfg.Me && !m.able() && to == "":
		return m.veto(), true
	case !m.able() && to == "":
		return Op{}, false
	case v.Intent == m.cfg.Me && !m.returned():
		return Op{}, false
	case v.Intent == m.cfg.Me && to != "":
		return m.release(to), true
	case v.Intent == m.cfg.Me:
		return m.claim(CauseRestart), true
	case v.Intent != "":
		return m.veto(), m.now >= m.otherAt+staleIntent*m.cfg.fence()
	}
	return Op{Kind: OpIntent, Chassis: m.cfg.Me, Epoch: v.Epoch}, m.now >= m.notBefore
}

// returned reports whether every permission of another life under this name has ended. If that life
// counted on another group, its hold time may be longer than ours.
func (m *Machine) returned() bool {
	if m.view.Members == m.members {
		return m.fenced()
	}
	longest := Config{Hold: maxHold, Drift: maxDrift}
	return m.now >= m.intentAt+longest.fence() || m.off(ruleWait)
}

// suspects reports whether the active chassis seems to be dead. A chassis that is not of the group
// is never heard.
func (m *Machine) suspects(p *peer) bool {
	return p == nil || p.gone || m.now >= p.heard+m.cfg.Suspect
}

// proven reports whether it is proven that the active chassis has no data path: the life that held the
// LAG in this epoch has ended. A later life may hold it in a later epoch.
func (m *Machine) proven(p *peer) bool {
	if !m.cfg.GoneIsProof || p == nil || !p.gone {
		return false
	}
	return p.ended != 0 && p.holder == life{p.ended, m.view.Epoch} || m.off(ruleProof)
}

// fenced reports whether every permission of the active chassis has ended: those that the store
// gave before the intent, and the one of the last grant of this chassis, which came before it too.
func (m *Machine) fenced() bool {
	return m.now >= m.intentAt+m.cfg.fence() || m.off(ruleWait)
}

// noteIntents takes note of the intent in a new view. The fence time of an own intent counts from
// when it was seen, which is later than when it was written.
func (m *Machine) noteIntents() {
	v := &m.view
	own := v.IntentRev != 0 && v.Intent == m.cfg.Me
	switch {
	case own && v.IntentRev != m.intentRev:
		m.intentRev, m.intentAt = v.IntentRev, m.now
	case !own && m.intentRev != 0:
		m.intentRev = 0
		if v.Active != m.cfg.Me || m.elsewhere() { // it was vetoed, or withdrawn: the active one lives
			m.backoff = min(max(2*m.backoff, firstBackoff), mostBackoff)
			m.notBefore = m.now + m.backoff
		}
	}
	switch {
	case own || v.IntentRev == 0:
		m.otherRev = 0
	case v.IntentRev != m.otherRev:
		m.otherRev, m.otherAt = v.IntentRev, m.now
	}
}
