package bond

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// pathGate holds all members out of Synchronization while the bond has no path (its device is
// down or gone, the data plane refuses plans, or AdminDown is set), so that the partners use
// another path.
const pathGate = "the bond is out of use"

// holdPath implements pathHolder.
func (l *lacpMode) holdPath(now time.Time) {
	// The ports start waiting for others at once, and have finished when the path is back,
	// because they were attached before.
	cfg := l.bond.cfg.system(lacp.MAC(l.bond.system), l.bond.cfg.Trace)
	hurry := cfg
	hurry.AggregateWait = -1
	l.setSystem(now, hurry)
	for _, m := range l.bond.members {
		if m.phase == phaseActive {
			l.holdPort(now, m)
		}
	}
	l.setSystem(now, cfg)
	l.act(now)
}

func (l *lacpMode) setSystem(now time.Time, cfg lacp.Config) {
	if err := l.sys.SetConfig(now, cfg); err != nil {
		l.bond.log.Error("LACP settings not changed", "error", err)
	}
}

// holdPort sets the gate of one port.
func (l *lacpMode) holdPort(now time.Time, m *member) {
	level := lacp.GateOpen
	if l.bond.dev.held {
		level = lacp.GateSynchronization
	}
	if err := l.sys.SetGate(now, l.port(m), pathGate, level); err != nil {
		l.bond.log.Error("member not held out of the LAG", "member", m.link.Name(), "error", err)
	}
}
