package chassis

import (
	"slices"
	"time"
)

// requests are the transactions that are under way. One at a time is waited for, for
// Config.Contact. After that, the next one is sent, but a late answer still counts.
type requests struct {
	list     []request // oldest first
	last     uint64    // the number of the newest
	nextRead time.Duration
	unsure   bool          // a transaction that may have changed the store was not answered
	since    time.Duration // when it was sent
	answered time.Duration // when the last answer came
}

// request is a transaction that was not answered yet.
type request struct {
	number uint64
	op     Op
	sent   time.Duration
	over   bool // it is no longer waited for
}

// maxRequests is how many unanswered transactions are remembered.
const maxRequests = 8

// request sends a transaction.
func (m *Machine) request(op Op) {
	if op.Kind == OpClaim {
		m.noteClaim()
	}
	m.last++
	if len(m.list) == maxRequests {
		m.list = slices.Delete(m.list, 0, 1)
	}
	m.list = append(m.list, request{number: m.last, op: op, sent: m.now})
	m.nextRead = m.now + m.readAfter()
	m.out = append(m.out, Action{Kind: ActionOp, Op: op, Request: m.last})
}

// readAfter returns how long after a transaction the next read is due. A standby chassis reads
// seldom, since it gets hints, and so does an active one while all others grant. One that does not know
// what became of its transaction asks often.
func (m *Machine) readAfter() time.Duration {
	standby := m.known && m.view.Active != m.cfg.Me && m.intentRev == 0 && !m.unsure
	if standby || m.holds() && m.otherRev == 0 && m.vouched() {
		return m.cfg.Hold
	}
	return m.cfg.Contact
}

// busy reports whether the newest transaction is waited for.
func (m *Machine) busy() bool {
	if len(m.list) == 0 {
		return false
	}
	r := &m.list[len(m.list)-1]
	switch {
	case r.over:
		return false
	case m.now < r.sent+m.cfg.Contact:
		return true
	}
	r.over = true
	m.fail(r)
	return false
}

// answerBy returns how long the newest transaction is waited for.
func (m *Machine) answerBy() time.Duration { return m.list[len(m.list)-1].sent + m.cfg.Contact }

// fail notes that the outcome of a transaction is unknown. It is not repeated blindly: the next
// read shows what became of it.
func (m *Machine) fail(r *request) {
	if r.op.Kind != OpRead {
		m.unsure, m.since = true, r.sent
		m.nextRead = m.now
	}
}

// Result reports the answer of the store to a transaction, by the number of its Action. After an
// error the outcome is unknown.
func (m *Machine) Result(now time.Duration, number uint64, v View, err error) {
	m.at(now)
	if i := slices.IndexFunc(m.list, func(r request) bool { return r.number == number }); i >= 0 {
		r := m.list[i]
		m.list = slices.Delete(m.list, i, i+1)
		if err != nil {
			m.fail(&r)
		} else {
			m.answered = m.now
			m.take(&r, v)
		}
	}
	m.settle()
}

// take takes note of the answer to a transaction, unless it is older than what is known.
func (m *Machine) take(r *request, v View) {
	if m.known && v.Revision < m.view.Revision {
		return
	}
	m.unsure = m.unsure && r.sent < m.since
	if r.op.Kind == OpVeto && v.Active == m.cfg.Me && m.otherRev == r.op.IntentRev && v.IntentRev == 0 {
		m.vetoes, m.vetoed = m.vetoes+1, m.view.Intent
	}
	m.see(v, r.sent)
}

// see takes note of a view. It was asked for at the time sent.
func (m *Machine) see(v View, sent time.Duration) {
	if !m.known {
		m.known = true
	}
	if v.Epoch != m.view.Epoch {
		m.backoff, m.notBefore = 0, m.now
		if v.Active == m.cfg.Me && v.Holder == m.cfg.Boot {
			m.count()
		}
	}
	m.view = v
	m.noteIntents()
	m.nextRead = min(m.nextRead, m.now+m.readAfter()) // the active one reads more often
	if v.Active != m.cfg.Me {
		m.until, m.handing = 0, false
		return
	}
	if m.off(ruleSent) {
		sent = m.now
	}
	if v.Intent == "" || m.off(ruleIntent) {
		m.extend(sent + m.cfg.Hold)
	}
}
