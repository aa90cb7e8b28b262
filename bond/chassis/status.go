package chassis

import "time"

// MachineStatus is a snapshot of a [Machine].
type MachineStatus struct {
	View  View
	Known bool // View is one of the store; false until the store has answered

	Permit Permit
	Left   time.Duration // how long frames still pass without a new permission; 0: closed
	Score  int
	Peers  []PeerStatus
}

// PeerStatus describes another chassis.
type PeerStatus struct {
	ID    ID
	Heard time.Duration // how long ago; since the start if never
	Gone  bool          // its process was reported to have ended
	Able  bool          // its score suffices
	Score int
}

// Status returns a snapshot.
func (m *Machine) Status(now time.Duration) MachineStatus {
	m.at(now)
	st := MachineStatus{View: m.view, Known: m.known, Permit: m.told, Left: max(m.until-m.now, 0), Score: m.score}
	for i := range m.peers {
		p := &m.peers[i]
		st.Peers = append(st.Peers, PeerStatus{ID: p.id, Heard: m.now - p.heard, Gone: p.gone, Able: p.well, Score: p.score})
	}
	return st
}
