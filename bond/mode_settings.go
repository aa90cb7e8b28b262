package bond

import (
	"maps"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// staticKinds are the machines of the modes without a protocol that do not use all members.
var staticKinds = map[Mode]mode.Kind{ModeFailover: mode.Failover, ModeSLB: mode.Stations, ModeNone: mode.Nothing}

// newMode makes the machine of the configured mode.
func (b *Bond) newMode(now time.Time) (mode.Machine, error) {
	if b.cfg.Mode != ModeLACP {
		return mode.NewStatic(staticKinds[b.cfg.Mode], b.modeSettings()), nil
	}
	l, err := mode.NewLACP(now, mode.LACPConfig{
		Settings:         b.modeSettings(),
		PortBase:         b.cfg.PortBase,
		FlushTimeout:     b.cfg.FlushTimeout,
		FirstTransaction: uint32(now.UnixNano()),
		Restore:          b.cfg.Restore,
	})
	if err != nil {
		return nil, err
	}
	b.cfg.Restore = nil // once
	return l, nil
}

// modeSettings returns the settings of the mode.
func (b *Bond) modeSettings() mode.Settings {
	return mode.Settings{
		Held:       b.dev.held,
		Permission: b.modePermission(),
		LACP:       mode.LACPSettings{System: allowed.System(&b.cfg, lacp.MAC(b.system), b.cfg.Trace), Policy: b.cfg.LACP.Policy, Foreign: b.foreign},
		Static:     mode.StaticSettings{Reselect: mode.Reselect(b.cfg.Reselect)},
	}
}

// modePermission returns the permission for the mode.
func (b *Bond) modePermission() mode.Permission {
	p := &b.permission
	now := time.Now() // before the other clock: a pause in between makes the time earlier
	return mode.Permission{
		Needed: b.cfg.NeedsPermission, Until: now.Add(p.Until - plane.Clock()),
		Reason: lacp.Reason{Code: p.Code, Have: p.Have, Want: p.Want},
	}
}

// modeMember returns a member's settings for the mode.
func (b *Bond) modeMember(m *member) mode.Member {
	name := m.link.Name()
	return mode.Member{
		ID:       m.id,
		Drained:  m.drained,
		Gates:    maps.Clone(b.gates[name]),
		Port:     allowed.Port(&b.cfg, name, m.link.HardwareAddr()),
		Primary:  name == b.cfg.Primary,
		Priority: b.cfg.Priorities[name],
	}
}

// configure passes the present settings to the mode.
func (b *Bond) configure(now time.Time) {
	var members []mode.Member
	for m := range b.members.active {
		members = append(members, b.modeMember(m))
	}
	if err := b.mode.Configure(now, b.modeSettings(), members); err != nil {
		b.log.Error("settings of the mode not changed", "error", err)
	}
	b.applyEffects(now)
}

// join adds a member to the mode.
func (b *Bond) join(now time.Time, m *member) error {
	err := b.mode.Add(now, b.modeMember(m))
	b.applyEffects(now)
	return err
}

// quit removes a member from the mode.
func (b *Bond) quit(now time.Time, m *member) {
	b.mode.Remove(now, m.id)
	b.applyEffects(now)
}
