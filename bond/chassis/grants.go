package chassis

import "time"

// beats are the heartbeats and the grants that they ask for. While all other chassis grant, the
// active one needs no store.
type beats struct {
	seq   uint64            // of the newest heartbeat
	asked [maxAsked]request // the newest requests for grants, by seq; op has only Epoch
}

// maxAsked is how many requests for grants are remembered.
const maxAsked = 64

// beat sends the heartbeats that are due. The active chassis asks all others at the same time. Of the
// others, which answer it, the answers are heartbeats enough: a little later than Beat after one, the
// next message is due.
func (m *Machine) beat() {
	if m.now < m.beatAt() {
		return
	}
	asks, vouched := m.holds(), m.vouched()
	m.seq++
	m.asked[m.seq%maxAsked] = request{}
	if asks {
		m.asked[m.seq%maxAsked] = request{number: m.seq, sent: m.now, op: Op{Epoch: m.view.Epoch}}
	}
	for i := range m.peers {
		if p := &m.peers[i]; asks || m.now >= p.due {
			m.send(p, Message{Seq: m.seq, Asks: asks})
			p.due = m.now + m.cfg.Beat
		}
	}
	if asks && (!vouched || m.nextRead-m.now <= m.cfg.Beat/alignment) {
		m.nextRead = m.now
	}
}

// vouched reports whether all others have granted the last request in time. They do not suspect this
// chassis then, and none is about to take over.
func (m *Machine) vouched() bool {
	for i := range m.peers {
		if p := &m.peers[i]; p.epoch != m.view.Epoch || p.granted < m.now-m.cfg.Beat-m.cfg.Beat/2 {
			return false
		}
	}
	return len(m.peers) > 0
}

// beatAt returns when the next heartbeat is due.
func (m *Machine) beatAt() time.Duration {
	at := m.now + m.cfg.Hold
	for i := range m.peers {
		at = min(at, m.peers[i].due)
	}
	return at
}

// Beat/alignment is how early a read may be sent to go out with a heartbeat. A sleeping processor
// then wakes up once for both.
const alignment = 4

func (m *Machine) send(p *peer, g Message) {
	g.From, g.To, g.Boot = m.cfg.Me, p.id, m.cfg.Boot
	g.Epoch, g.Members, g.Score = m.view.Epoch, m.members, m.standing()
	m.out = append(m.out, Action{Kind: ActionSend, Message: g})
}

// Receive processes a message of another chassis, which must be authentic.
func (m *Machine) Receive(now time.Duration, g Message) {
	m.at(now)
	p := m.peer(g.From)
	if p == nil || g.To != m.cfg.Me {
		return
	}
	p.hear(m.now, &g, m.cfg.MinScore)
	if g.Epoch > m.view.Epoch {
		m.nextRead = m.now
	}
	if g.Asks && m.mayGrant(&g) {
		m.send(p, Message{GrantBoot: g.Boot, GrantSeq: g.Seq})
		p.due = m.now + m.cfg.Beat + m.cfg.Beat/alignment
	}
	if g.GrantSeq != 0 {
		m.noteGrant(p, &g)
	}
	m.settle()
}

// hear takes note of a message.
func (p *peer) hear(now time.Duration, g *Message, minScore int) {
	p.heard, p.boot, p.gone, p.ended = now, g.Boot, false, 0
	p.members, p.score = g.Members, g.Score
	if g.Asks {
		p.holder = life{g.Boot, g.Epoch}
	}
	if well := g.Score >= minScore; well != p.well {
		p.well, p.wellSince = well, now
	}
}

// mayGrant reports whether the sender may go on: the store, as far as is known here, says that this life
// of it is active, and no claim of this chassis, or of another life under the sender's name, can be on
// its way. Whoever grants promises nothing: its next intent is seen after the grant, and its claim comes
// a fence time later.
func (m *Machine) mayGrant(g *Message) bool {
	v := &m.view
	return m.known && v.Active == g.From && (v.Holder == g.Boot || m.off(ruleLife)) &&
		v.Epoch == g.Epoch &&
		(v.Members == m.members && g.Members == m.members || m.off(ruleMembers)) &&
		(v.Intent != m.cfg.Me && v.Intent != g.From || m.off(ruleOwnIntent))
}

// noteGrant takes note of a grant. Once all others have granted, frames may pass for the hold
// time from when the oldest of the granted requests was sent.
func (m *Machine) noteGrant(p *peer, g *Message) {
	asked := &m.asked[g.GrantSeq%maxAsked]
	if asked.number != g.GrantSeq {
		return
	}
	ours := g.GrantBoot == m.cfg.Boot && asked.op.Epoch == m.view.Epoch && g.Epoch == m.view.Epoch
	if !ours && !m.off(ruleRequest) {
		return
	}
	p.granted, p.epoch = max(p.granted, asked.sent), m.view.Epoch
	oldest := m.now
	for i := range m.peers {
		q := &m.peers[i]
		switch {
		case q.epoch == m.view.Epoch:
			oldest = min(oldest, q.granted)
		case !m.off(ruleGrants):
			return
		}
	}
	m.extend(oldest + m.cfg.Hold)
}
