package bond

import (
	"strconv"
	"time"

	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// reason returns why a member carries data or not: the mode's reason, or one that only the
// bond can see.
func (b *Bond) reason(m *member) lacp.Reason {
	r := b.mode.Reason(m.id)
	switch {
	case b.cfg.AdminDown && m.seen.Up:
		return lacp.Reason{Code: lacp.ReasonAdminDown, Since: b.ready.Since()}
	case b.refusal.Err() != nil && m.seen.Up:
		return lacp.Reason{Code: lacp.ReasonPlaneRefused, Since: b.ready.Since(), Have: b.refusal.Err().Error()}
	case b.delayed(m) && m.seen.Up:
		return lacp.Reason{Code: lacp.ReasonPlaneRefused, Since: b.work.Since(), Have: errPlanLate.Error()}
	case r.Code == lacp.ReasonLinkDown && m.state.AdminDown:
		return lacp.Reason{Code: lacp.ReasonInterfaceDown, Since: r.Since}
	case !m.due.IsZero() && m.state.Up:
		return lacp.Reason{Code: lacp.ReasonBringUpDelay, Since: m.dueSince,
			Have: time.Since(m.dueSince).Round(time.Millisecond).String(), Want: m.due.Sub(m.dueSince).String()}
	case r.Code == lacp.ReasonDistributing && b.dev.held:
		return lacp.Reason{Code: lacp.ReasonGateHold, Since: b.ready.Since(), Have: mode.PathGate}
	case r.Code == lacp.ReasonDistributing && !m.shortSince.IsZero():
		return lacp.Reason{Code: lacp.ReasonMTUMismatch, Since: m.shortSince,
			Have: strconv.Itoa(m.state.MTU), Want: strconv.Itoa(b.cfg.MTU)}
	case m.repair.Faults != 0 && r.Code.Severity() < lacp.SeverityError:
		return lacp.Reason{Code: lacp.ReasonInterfaceChanged, Since: m.repair.Since, Have: m.repair.Faults.String()}
	}
	return r
}

func (b *Bond) hold(m *member) Hold {
	switch {
	case b.cfg.AdminDown && m.seen.Up:
		return HoldAdminDown
	case (b.refusal.Err() != nil || b.delayed(m)) && m.seen.Up:
		return HoldPlane
	case b.dev.held && m.seen.Up:
		return HoldDevice
	case b.short && m.seen.Up:
		return HoldMinLinks
	case b.narrow && m.seen.Up:
		return HoldMinBandwidth
	case !m.due.IsZero() && m.state.Up:
		return HoldUpDelay
	case !m.due.IsZero():
		return HoldDownDelay
	case m.drained:
		return HoldDrained
	case b.cfg.Mode != ModeLACP && len(b.gates[m.link.Name()]) > 0: // in ModeLACP the reason names it
		return HoldGate
	}
	return HoldNone
}

// delayed reports whether a member waits for a plan that is late.
func (b *Bond) delayed(m *member) bool {
	return b.work.Late() && memberIn(b.plan, m.id) != memberIn(b.newest, m.id)
}
