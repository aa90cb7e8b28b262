package mode

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Permission limits when the members carry data. The zero value is no limit.
type Permission struct {
	Needed bool
	Until  time.Time   // the members carry data before it
	Reason lacp.Reason // why they do not from then on; only Code, Have and Want are used
}

// allows reports whether the members may carry data.
func (p *Permission) allows(now time.Time) bool { return !p.Needed || now.Before(p.Until) }

// PermissionGate holds a member out of Synchronization while there is no permission.
const PermissionGate = "no permission"

// gate returns the state of PermissionGate.
func (p *Permission) gate() lacp.GateState {
	if !p.Needed {
		return lacp.GateState{}
	}
	return lacp.GateState{
		Level: lacp.GateSynchronization, Until: p.Until,
		Reason: p.Reason.Code, Have: p.Reason.Have, Want: p.Reason.Want,
	}
}

// Permit implements [Machine].
func (l *LACP) Permit(now time.Time, p Permission) {
	l.settings.Permission = p
	for id := range l.members {
		if l.members[id].in {
			l.permit(now, ID(id))
		}
	}
	l.settle(now)
}

// permit sets the gate of one member that follows Settings.Permission.
func (l *LACP) permit(now time.Time, id ID) {
	if err := l.sys.SetGateState(now, l.Port(id), PermissionGate, l.settings.Permission.gate()); err != nil {
		l.add(Effect{Kind: EffectFailed, Member: id, Err: err})
	}
}

// Permit implements [Machine].
func (s *Static) Permit(now time.Time, p Permission) {
	s.settings.Permission = p
	s.decide(now)
}
