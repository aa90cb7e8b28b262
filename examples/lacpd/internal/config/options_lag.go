package config

import (
	"strings"
	"time"

	"github.com/lagkit/lagkit/bond"
)

// The values of lag_ready.
const (
	readyLinks    = "LINKS"
	readyExternal = "EXTERNAL"
)

// Watch says whether a process takes a bond's links down if lacpd dies.
type Watch uint8

// The values of Watch.
const (
	WatchDefault Watch = iota // for a LAG of several boxes
	WatchOff
	WatchOn
)

// Watched reports whether a process takes the bond's links down if lacpd dies.
func (b *Bond) Watched() bool {
	if b.Watch == WatchDefault {
		return b.LAG.NeedsPermission()
	}
	return b.Watch == WatchOn
}

// readWatchdog sets the watchdog of a bond. It reports whether s is valid.
func readWatchdog(c *Bond, s string) bool {
	switch strings.ToLower(s) {
	case "true", "yes", "on":
		c.Watch = WatchOn
		return true
	case "false", "no", "off":
		c.Watch = WatchOff
		return true
	}
	d, err := time.ParseDuration(s)
	c.Watch, c.Patience = WatchOn, d
	return err == nil && d >= 100*time.Millisecond && d <= time.Minute
}

// defaultRestoreDelay is the default of lag_restore_delay.
const defaultRestoreDelay = time.Minute

// RestoreDelay returns how long the chassis of LAG.Prefer has to be able to carry the LAG before it gets
// it back.
func (b *Bond) RestoreDelay() time.Duration {
	if _, ok := b.at.keys["lag_restore_delay"]; !ok {
		return defaultRestoreDelay
	}
	return b.LAG.RestoreDelay
}

// lagOptions are the keys of a bond that has to do with the other boxes of the section "chassis".
var lagOptions = []option{
	{
		key: "lag", modes: onlyLACP,
		help:    "name of the LAG that this bond and those of other boxes show the partner together: see the section chassis",
		foreign: []string{"mlag", "mlag-id", "clag-id", "mc-lag"},
		kind:    text(nameAllowed, func(c *Bond, s string) bool { c.LAG.Name = s; return validID(s) }),
		apply:   func(c *Bond, to *bond.Config) { to.NeedsPermission = c.LAG.NeedsPermission() },
	},
	{
		key: "lag_mode", standard: "STANDBY", modes: onlyLACP,
		help:    "which boxes carry data: STANDBY one of them, while the links of the others stay up and wait; ALL each of them, which have to do without each other, such as routers without state",
		foreign: []string{"lag-role"},
		kind:    oneOf([]string{"STANDBY", "ALL"}, map[string]string{"active": "STANDBY", "activestandby": "STANDBY", "allactive": "ALL"}, func(c *Bond, i int) { c.LAG.All = i == 1 }),
		apply:   func(c *Bond, to *bond.Config) { to.NeedsPermission = c.LAG.NeedsPermission() },
	},
	{
		key: "lag_prefer", modes: onlyLACP,
		help: "the box that carries the LAG whenever it has been able to for lag_restore_delay; without it, the LAG stays where it is",
		kind: text(nameAllowed, func(c *Bond, s string) bool { c.LAG.Prefer = s; return validID(s) }),
	},
	{
		key: "lag_restore_delay", standard: "60s", modes: onlyLACP,
		help: "how long the box of lag_prefer has to be able to carry the LAG before it gets it back",
		kind: duration(0, 24*time.Hour, func(c *Bond, d time.Duration) { c.LAG.RestoreDelay = d }),
	},
	{
		key: "lag_ready", standard: readyLinks, modes: onlyLACP,
		help: "when this box is able to carry the LAG: LINKS as soon as its links are up, EXTERNAL also not before lacpd chassis ready, such as from a script that has imported a pool",
		kind: oneOf([]string{readyLinks, readyExternal}, nil, func(c *Bond, i int) { c.LAG.WaitReady = i == 1 }),
	},
	{
		key: "on_isolation", standard: "WITHDRAW", modes: onlyLACP,
		help: "what the active box does without the store and the others: WITHDRAW stops carrying data, HOLD goes on, which is only safe if something else ends the other box before it takes over",
		kind: oneOf([]string{"WITHDRAW", "HOLD"}, nil, func(c *Bond, i int) { c.LAG.HoldIsolated = i == 1 }),
	},
	{
		key: "watchdog",
		help: "let a small process take the links of the ports down at once if lacpd dies, so that the partner does not wait for 3 or 90 s, " +
			"and if it hangs for this time, which is hold for a bond with lag and else 1s; it takes them up again if lacpd goes on; without this key, it does so for a bond with lag",
		kind: text("true, false or a time from 100ms to 1m, such as 200ms", readWatchdog),
	},
}
