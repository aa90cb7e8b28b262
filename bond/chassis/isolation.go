package chassis

import "strconv"

// Isolation is what the active chassis does when it reaches neither the store nor any other chassis.
type Isolation uint8

// The values of Isolation.
const (
	// IsolationWithdraw ends the permission after Config.Hold, so that no two chassis carry the LAG.
	IsolationWithdraw Isolation = iota

	// IsolationHold lets the chassis carry the LAG until it hears from the store or from another
	// chassis. Another chassis that still reaches the store takes over meanwhile, and both carry the
	// LAG: only for a group with another means of fencing. A permission that has ended, as after a
	// pause of the process, is not renewed.
	IsolationHold
)

var isolationNames = [...]string{"withdraw", "hold"}

// String returns "withdraw" or "hold".
func (i Isolation) String() string {
	if int(i) >= len(isolationNames) {
		return "Isolation(" + strconv.Itoa(int(i)) + ")"
	}
	return isolationNames[i]
}

// endure extends the permission of an isolated chassis, if that is wanted. It does so once half of the
// hold time is over, so that an answer that is on its way comes first.
func (m *Machine) endure() {
	enduring := m.cfg.OnIsolation == IsolationHold && m.holds() && m.now < m.until && m.isolated()
	if enduring && m.until < m.now+m.cfg.Hold/2 {
		m.until = m.now + m.cfg.Hold
	}
	m.enduring = enduring
}

// isolated reports whether nothing was heard from the store and the other chassis for half of the hold
// time, and no other chassis was about to take over before.
func (m *Machine) isolated() bool {
	since := m.now - m.cfg.Hold/2
	if m.answered > since || m.view.Intent != "" && m.view.Intent != m.cfg.Me {
		return false
	}
	for i := range m.peers {
		if m.peers[i].heard > since {
			return false
		}
	}
	return true
}
