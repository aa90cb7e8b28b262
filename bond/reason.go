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
		return lacp.Reason{Code: lacp.ReasonAdminDown, Since: b.ready.since}
	case r.Code == lacp.ReasonLinkDown && m.state.AdminDown:
		return lacp.Reason{Code: lacp.ReasonInterfaceDown, Since: r.Since}
	case !m.due.IsZero() && m.state.Up:
		return lacp.Reason{Code: lacp.ReasonBringUpDelay, Since: m.dueSince,
			Have: time.Since(m.dueSince).Round(time.Millisecond).String(), Want: m.due.Sub(m.dueSince).String()}
	case r.Code == lacp.ReasonDistributing && b.dev.held:
		return lacp.Reason{Code: lacp.ReasonGateHold, Since: b.ready.since, Have: mode.PathGate}
	case r.Code == lacp.ReasonDistributing && !m.shortSince.IsZero():
		return lacp.Reason{Code: lacp.ReasonMTUMismatch, Since: m.shortSince,
			Have: strconv.Itoa(m.state.MTU), Want: strconv.Itoa(b.cfg.MTU)}
	case m.repair.faults != 0 && r.Code.Severity() < lacp.SeverityError:
		return lacp.Reason{Code: lacp.ReasonInterfaceChanged, Since: m.repair.since, Have: m.repair.faults.String()}
	}
	return r
}

// noteMTU notes whether a member's interface has an MTU below the bond's. It waits for a repair
// or a change that is under way.
func (b *Bond) noteMTU(now time.Time, m *member) {
	if m.state.MTU != m.wantMTU && (m.repair.busy || m.changing > 0) {
		return
	}
	switch short := m.state.MTU != 0 && m.state.MTU < b.cfg.MTU; {
	case !short:
		m.shortSince = time.Time{}
	case m.shortSince.IsZero():
		m.shortSince = now
	}
}
