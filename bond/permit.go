package bond

import (
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/lacp"
)

// SetPermission replaces the permission to carry data. Before it returns, the data plane follows
// the new one and the LACPDUs that report the change have been passed to the links. The data
// plane looks at Until itself, so that the bond stops in time even if it gets no processor time.
//
// The error is a [*ConfigError], also for a bond that needs no permission, or [net.ErrClosed].
func (b *Bond) SetPermission(p Permission) error {
	if p.Code == 0 {
		p.Code = lacp.ReasonPermissionLost
	}
	if p.Code == lacp.ReasonDistributing || p.Code.Advice() == "" {
		return allowed.Refuse("Code", p.Code.String(), "the code of a reason not to carry data")
	}
	err := net.ErrClosed
	b.do(func() { err = b.setPermission(time.Now(), p) })
	return err
}

func (b *Bond) setPermission(now time.Time, p Permission) error {
	switch {
	case b.left:
		return net.ErrClosed
	case !b.cfg.NeedsPermission:
		return allowed.Refuse("NeedsPermission", "false", "true, for a bond that is given a permission")
	}
	b.permission = p
	b.fence()
	b.mode.Permit(now, b.modePermission())
	b.applyEffects(now)
	return nil
}

// SetForeign replaces the ports of other chassis with the bond's System Identifier that the bond
// takes into account. They count for LACPConfig.MaxLinks and Fallback, and for the limits of links of
// the LAG: see [lacp.System.SetForeign]. Their port numbers come from other ranges: see
// Config.PortBase. Modes other than ModeLACP ignore them. The error is a [*ConfigError] or
// [net.ErrClosed].
func (b *Bond) SetForeign(ports []lacp.Foreign) error {
	ports = slices.Clone(ports)
	err := net.ErrClosed
	b.do(func() {
		now := time.Now()
		if b.left {
			return
		}
		err = nil
		if l := b.engine(); l != nil {
			if err = allowed.Refusal(l.System().SetForeign(now, ports), ""); err != nil {
				return
			}
		}
		b.foreign = ports
		b.configure(now)
		b.publish() // MinLinks may be met now, or no longer
	})
	return err
}
