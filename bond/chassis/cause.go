package chassis

import "strconv"

// Cause is why a chassis became the active one.
type Cause uint8

// The causes.
const (
	CauseNone     Cause = iota
	CauseVacant         // no chassis was active
	CauseSilent         // the active chassis was silent
	CauseGone           // the process of the active chassis had ended
	CauseHandOver       // the active chassis gave the LAG to this one
	CauseRestart        // this chassis had been active before it started again, or had given up the LAG in vain

	Causes = int(CauseRestart) + 1 // how many there are
)

var causeNames = [Causes]string{"none", "vacant", "silent", "gone", "handover", "restart"}

// String returns "none", "vacant", "silent", "gone", "handover" or "restart".
func (c Cause) String() string {
	if int(c) >= Causes {
		return "Cause(" + strconv.Itoa(int(c)) + ")"
	}
	return causeNames[c]
}

// tally counts what has happened. Nothing depends on it.
type tally struct {
	planned   Cause // of the next claim
	claims    Cause // of the newest claim that was sent
	cause     Cause // of the last takeover
	takeovers [Causes]uint64
	vetoes    uint64
	vetoed    ID // whose takeover was vetoed last
}

// noteClaim notes that a claim is sent.
func (m *Machine) noteClaim() { m.claims = m.planned }

// count notes that a new view shows that this chassis has claimed the LAG.
func (m *Machine) count() {
	m.cause = m.claims
	m.takeovers[m.cause]++
}
