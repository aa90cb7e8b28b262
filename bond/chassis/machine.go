package chassis

import (
	"slices"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Machine decides whether a chassis carries one LAG. It is pure: inputs come with their time,
// and what is to be done comes from Actions. It does no I/O, reads no clock and starts no
// goroutine. Times are those of any clock that never goes back and whose rate is right up to
// Config.Drift, such as [plane.Clock]. A Machine is not safe for concurrent use.
//
// After each input the caller takes Actions and carries them out in order. It calls Advance at
// Deadline.
type Machine struct {
	cfg     Config
	now     time.Duration
	members uint64 // the digest of the group
	score   int
	peers   []peer // in the order of Config.Others
	out     []Action

	obstacle Obstacle

	view  View
	known bool // view is one of the store

	permission
	requests
	takeover
	handover
	beats
	tally
}

// permission is what allows the data path to be open.
type permission struct {
	until    time.Duration // frames pass before it
	told     Permit        // the last one that was emitted
	resigned uint64        // the Epoch that the last release was sent in
	enduring bool          // it goes on although this chassis is isolated
	single   bool          // no other chassis could take over
	alone    time.Duration // how long that has been so
}

// takeover is the way from standby to active.
type takeover struct {
	intentRev uint64        // of the own intent in view; 0: none
	intentAt  time.Duration // when it was first seen
	backoff   time.Duration // after the last veto
	notBefore time.Duration // no intent before it
	otherRev  uint64        // of the intent of another chassis in view; 0: none
	otherAt   time.Duration // when it was first seen
}

// peer is what the Machine has learnt about another chassis.
type peer struct {
	id        ID
	heard     time.Duration // when it was heard last, or this chassis started
	boot      uint64        // its life at that time; 0: it was not heard
	gone      bool          // its process has ended
	ended     uint64        // the life that has ended, until it is heard again; 0: unknown
	holder    life          // the newest that it asked for a grant in
	members   uint64
	score     int
	well      bool          // its score suffices
	wellSince time.Duration // since when
	due       time.Duration // when the next heartbeat to it is

	granted time.Duration // when the newest request that it has granted was sent
	epoch   uint64        // of that request; 0: none
}

// life is a life of a chassis in an epoch.
type life struct{ boot, epoch uint64 }

// Permit is the permission of the data path.
type Permit struct {
	Until time.Duration // frames pass before it; 0: closed
	Epoch uint64        // of the permission; 0: closed

	// Code, Have and Want are the reason why the data path is closed.
	Code       lacp.ReasonCode
	Have, Want string
}

// ActionKind is what an [Action] asks for.
type ActionKind uint8

// The values of ActionKind.
const (
	// ActionPermit changes the permission of the data path. It has to be carried out before
	// the actions that follow it: the data path is closed before the release is sent.
	ActionPermit ActionKind = iota
	ActionOp                // Op is to be sent to the store. Pass the answer to Result
	ActionSend              // Message is to be sent. It may be lost
)

// Action is something that a Machine asks for.
type Action struct {
	Kind    ActionKind
	Permit  Permit
	Op      Op
	Request uint64 // of Op, for Result
	Message Message
}

// New returns a Machine for a chassis that starts now. The error is a [*lacp.FieldError].
func New(now time.Duration, cfg Config) (*Machine, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	m := &Machine{cfg: cfg, now: now, members: cfg.members()}
	m.nextRead = now
	for _, id := range cfg.Others {
		m.peers = append(m.peers, peer{id: id, heard: now, due: now})
	}
	m.tell()
	return m, nil
}

// Actions returns what is to be done since the last call. The slice is valid until the next
// input.
func (m *Machine) Actions() []Action {
	out := m.out
	m.out = m.out[len(m.out):]
	return out
}

// at sets the time of an input. Time never goes back.
func (m *Machine) at(now time.Duration) {
	if m.single {
		m.alone += max(now-m.now, 0)
	}
	m.now = max(m.now, now)
}

// off reports whether a test has switched a rule off.
func (m *Machine) off(r rule) bool { return m.cfg.off&r != 0 }

// peer returns the entry of a chassis; nil if it is not of the group.
func (m *Machine) peer(id ID) *peer {
	i := slices.IndexFunc(m.peers, func(p peer) bool { return p.id == id })
	if i < 0 {
		return nil
	}
	return &m.peers[i]
}

// SetScore reports how able this chassis is to carry the LAG, such as the number of its usable
// links. A score below Config.MinScore means that it can't.
func (m *Machine) SetScore(now time.Duration, score int) {
	m.at(now)
	m.score = score
	m.settle()
}

// Gone reports that the process of another chassis has ended, as the end of its connection or
// of its lease shows, and the Boot of that process; 0: unknown. If that is wrong, nothing unsafe
// happens, unless it was declared a proof.
func (m *Machine) Gone(now time.Duration, id ID, boot uint64) {
	m.at(now)
	if p := m.peer(id); p != nil && (boot == 0 || p.boot == 0 || boot == p.boot) {
		p.gone, p.well, p.ended = true, false, boot
		m.backoff, m.notBefore = 0, m.now
	}
	m.settle()
}

// Poke reports a hint that the store has changed.
func (m *Machine) Poke(now time.Duration) {
	m.at(now)
	m.nextRead = m.now
	m.settle()
}

// Advance does the work that is due.
func (m *Machine) Advance(now time.Duration) {
	m.at(now)
	m.settle()
}

// settle does what the inputs so far lead to.
func (m *Machine) settle() {
	m.endure()
	m.expire()
	m.tell()
	m.single = m.until > 0 && m.successor("") == ""
	m.beat()
	if m.busy() {
		return
	}
	if op, ok := m.next(); ok {
		m.request(op)
	}
}

// next returns the transaction to send now; false without one.
func (m *Machine) next() (Op, bool) {
	var op Op
	found := false
	switch v := &m.view; {
	case !m.known || m.unsure:
	case v.Active == m.cfg.Me && m.elsewhere():
		op, found = m.nextReturn()
	case v.Active == m.cfg.Me:
		op, found = m.nextActive()
	case !m.able() && v.Intent == m.cfg.Me:
		op, found = m.veto(), true
	case !m.able():
	case v.Active == "":
		op, found = m.claim(CauseVacant), true
	default:
		op, found = m.nextStandby()
	}
	if !found && m.now >= m.nextRead {
		return Op{Kind: OpRead}, true
	}
	return op, found
}

func (m *Machine) claim(why Cause) Op {
	m.planned = why
	return Op{Kind: OpClaim, Chassis: m.cfg.Me, Boot: m.cfg.Boot, Members: m.members, Epoch: m.view.Epoch, IntentRev: m.view.IntentRev}
}

func (m *Machine) veto() Op { return Op{Kind: OpVeto, IntentRev: m.view.IntentRev} }

// Deadline returns when Advance has to be called if no other input comes before.
func (m *Machine) Deadline() time.Duration {
	at := m.beatAt()
	sooner := func(t time.Duration) {
		if t > m.now {
			at = min(at, t)
		}
	}
	sooner(m.until)
	if m.busy() {
		return min(at, m.answerBy())
	}
	at = min(at, m.nextRead)
	sooner(m.notBefore)
	if m.intentRev != 0 {
		sooner(m.intentAt + m.cfg.fence())
	}
	if m.otherRev != 0 {
		sooner(m.otherAt + staleIntent*m.cfg.fence())
	}
	for i := range m.peers {
		sooner(m.peers[i].heard + m.cfg.Suspect)
		if m.peers[i].well {
			sooner(m.peers[i].wellSince + m.cfg.RestoreDelay)
		}
	}
	return at
}
