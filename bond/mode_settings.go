package bond

import (
	"maps"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// newMode makes the machine of the configured mode.
func (b *Bond) newMode(now time.Time) (mode.Machine, error) {
	kind := mode.Spread
	switch b.cfg.Mode {
	case ModeLACP:
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
	case ModeFailover:
		kind = mode.Failover
	case ModeSLB:
		kind = mode.Stations
	case ModeNone:
		kind = mode.Nothing
	}
	return mode.NewStatic(kind, b.modeSettings()), nil
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
	key, rate := b.cfg.Key, b.cfg.Rate
	if k, ok := b.cfg.Keys[name]; ok {
		key = k
	}
	if r, ok := b.cfg.Rates[name]; ok {
		rate = r
	}
	return mode.Member{
		ID:      m.id,
		Drained: m.drained,
		Gates:   maps.Clone(b.gates[name]),
		Port: lacp.PortConfig{
			Priority:          b.cfg.PortPriority[name],
			Key:               key,
			MAC:               lacp.MAC(m.link.HardwareAddr()),
			Passive:           b.cfg.Passive,
			ShortTimeout:      rate == RateFast,
			CoupledControl:    b.cfg.CoupledControl,
			TimeoutMultiplier: b.cfg.LACP.TimeoutMultiplier,
		},
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
