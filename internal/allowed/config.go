// Package allowed checks the configuration of a bond, and derives from it the settings of the
// parts that check their own: the hash and the LACP engine.
package allowed

import (
	"cmp"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/plane"
)

// Config fills in c's defaults and reports the first setting that is not allowed.
func Config(c *config.Config) error {
	setDefaults(c)
	for _, check := range []func(*config.Config) error{checkChoices, checkNumbers, checkMembers, checkBalance, checkPermission,
		checkHash, checkLACP, checkAddrs, checkHost} {
		if err := check(c); err != nil {
			return err
		}
	}
	cloneMaps(c) // the caller may change its own
	return nil
}

func setDefaults(c *config.Config) {
	c.Name = cmp.Or(c.Name, "bond0")
	c.PacketsPerMember = cmp.Or(c.PacketsPerMember, 1)
	c.Key = cmp.Or(c.Key, 1)
	c.MTU = cmp.Or(c.MTU, config.DefaultMTU)
	c.FlushTimeout = cmp.Or(c.FlushTimeout, 20*time.Millisecond)
	c.AnnounceInterval = cmp.Or(c.AnnounceInterval, 200*time.Millisecond)
	c.AnnounceCount, c.RejoinCount = cmp.Or(c.AnnounceCount, 1), cmp.Or(c.RejoinCount, 1)
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
}

// checkChoices rejects values that are none of a list.
func checkChoices(c *config.Config) error {
	for _, v := range []struct {
		field string
		is    int
		most  int
		names string
	}{
		{"Mode", int(c.Mode), int(config.ModeRandom), "ModeLACP to ModeRandom"},
		{"Reselect", int(c.Reselect), int(config.ReselectFailure), "ReselectAlways, ReselectBetter or ReselectFailure"},
		{"Rate", int(c.Rate), int(config.RateFast), "RateSlow or RateFast"},
		{"MACPolicy", int(c.MACPolicy), int(config.MACActive), "MACAll or MACActive"},
	} {
		if v.is > v.most {
			return Refuse(v.field, strconv.Itoa(v.is), v.names)
		}
	}
	if c.MACPolicy == config.MACActive && c.Mode != config.ModeFailover {
		return Refuse("MACPolicy", "MACActive", "MACAll, or ModeFailover")
	}
	return nil
}

// checkNumbers rejects numbers and times out of their ranges.
func checkNumbers(c *config.Config) error {
	return cmp.Or(
		within("PacketsPerMember", c.PacketsPerMember, 1, 65535),
		within("MinLinks", c.MinLinks, 0, config.MaxLinks),
		within("MinLinksDown", c.MinLinksDown, 0, c.MinLinks),
		within("MTU", c.MTU, config.MinMTU, config.MaxMTU),
		within("AnnounceCount", c.AnnounceCount, math.MinInt, 255),
		within("RejoinCount", c.RejoinCount, math.MinInt, 255),
		within("UpDelay", c.UpDelay, 0, time.Hour),
		within("DownDelay", c.DownDelay, 0, time.Hour),
		within("AnnounceInterval", c.AnnounceInterval, 0, time.Minute),
		within("FlushTimeout", c.FlushTimeout, math.MinInt64, time.Second),
		within("PortBase", c.PortBase, 0, maxPortBase),
	)
}

// within rejects a value that is less than least or more than most. A negative least is no
// limit.
func within[T int | uint16 | time.Duration](field string, value, least, most T) error {
	if value >= least && value <= most {
		return nil
	}
	allowed := fmt.Sprintf("%v to %v", least, most)
	switch {
	case least < 0:
		allowed = fmt.Sprintf("at most %v", most)
	case least == 0:
		allowed = fmt.Sprintf("0 to %v", most)
	}
	return Refuse(field, fmt.Sprint(value), allowed)
}

// checkBalance rejects an interval out of range, and a plane that can't count the load.
func checkBalance(c *config.Config) error {
	if c.Balance != 0 && (c.Balance < time.Second || c.Balance > time.Hour) {
		return Refuse("Balance", c.Balance.String(), "0, or 1s to 1h")
	}
	if _, counts := c.Plane.(plane.BucketCounter); c.Balance != 0 && c.Plane != nil && !counts {
		return Refuse("Balance", c.Balance.String(), "0: the data plane does not count the load of buckets")
	}
	return nil
}

// checkPermission rejects a plane that does not look at a permission.
func checkPermission(c *config.Config) error {
	if _, fences := c.Plane.(plane.Fencer); c.NeedsPermission && c.Plane != nil && !fences {
		return Refuse("NeedsPermission", "true", "false: the data plane does not look at permissions")
	}
	return nil
}

// maxPortBase leaves enough port numbers for the most links.
const maxPortBase = 1<<16 - 1 - config.MaxLinks
