package chassis

import "time"

// Status is a snapshot of a LAG on this chassis. For a LAG that all chassis carry there is no Machine:
// of MachineStatus only the Peers with their Reports are filled in.
type Status struct {
	MachineStatus
	Ready       bool // see LAG.NeedsReady
	Store       StoreStatus
	Own         Report       // what this chassis publishes
	Differences []Difference // to the other chassis, the most important first for each
}

// StoreStatus describes the way to the store.
type StoreStatus struct {
	Contact time.Duration // how long ago the newest request that was answered was sent
	Latency time.Duration // how long that answer took; 0: there was none
	Err     error         // of the newest request; nil if it was answered
}

// MachineStatus is a snapshot of a [Machine].
type MachineStatus struct {
	View  View
	Known bool // View is one of the store; false until the store has answered

	Permit   Permit
	Left     time.Duration // how long frames still pass without a new permission; 0: closed
	Enduring bool          // the LAG is carried without a permission, by IsolationHold
	Score    int
	Obstacle Obstacle
	Peers    []PeerStatus

	// Cause is why this chassis last became the active one, and Takeovers counts the causes.
	Cause     Cause
	Takeovers [Causes]uint64
	// Vetoes counts the intents of other chassis that this one, active and well, has removed.
	Vetoes uint64
	// Alone is how long this chassis has carried the LAG while no other one could take over.
	Alone time.Duration
	// TakeoverTime is how long this chassis needs to take over from an active one that falls
	// silent, apart from the time of two transactions.
	TakeoverTime time.Duration
}

// PeerStatus describes another chassis.
type PeerStatus struct {
	ID    ID
	Heard time.Duration // how long ago; since the start if never
	Boot  uint64        // its life; 0: it was not heard
	Gone  bool          // its process was reported to have ended
	Able  bool          // its score suffices
	Score int

	// Report is what it publishes; nil if it is not known. A chassis that is gone withdraws it, or the
	// store drops it some seconds later.
	Report *Report
}

// Status returns a snapshot.
func (m *Machine) Status(now time.Duration) MachineStatus {
	m.at(now)
	st := MachineStatus{
		View: m.view, Known: m.known, Permit: m.told, Left: max(m.until-m.now, 0), Enduring: m.enduring,
		Score: m.score, Obstacle: m.obstacle,
		Cause: m.cause, Takeovers: m.takeovers, Vetoes: m.vetoes, Alone: m.alone,
		TakeoverTime: m.cfg.Suspect + m.cfg.fence(),
	}
	for i := range m.peers {
		p := &m.peers[i]
		st.Peers = append(st.Peers, PeerStatus{ID: p.id, Heard: m.now - p.heard, Boot: p.boot, Gone: p.gone, Able: p.well, Score: p.score})
	}
	return st
}
