package bond

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// check fills in c's defaults and reports the first setting that is not allowed.
func (c *Config) check() error {
	c.setDefaults()
	for _, check := range []func() error{c.checkChoices, c.checkNumbers, c.checkMembers, c.checkBalance, c.checkPermission,
		c.checkHash, c.checkLACP, c.checkAddrs, c.checkHost} {
		if err := check(); err != nil {
			return err
		}
	}
	c.cloneMaps() // the caller may change its own
	return nil
}

func (c *Config) setDefaults() {
	c.Name = cmp.Or(c.Name, "bond0")
	c.PacketsPerMember = cmp.Or(c.PacketsPerMember, 1)
	c.Key = cmp.Or(c.Key, 1)
	c.MTU = cmp.Or(c.MTU, DefaultMTU)
	c.FlushTimeout = cmp.Or(c.FlushTimeout, 20*time.Millisecond)
	c.AnnounceInterval = cmp.Or(c.AnnounceInterval, 200*time.Millisecond)
	c.AnnounceCount, c.RejoinCount = cmp.Or(c.AnnounceCount, 1), cmp.Or(c.RejoinCount, 1)
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
}

// cloneMaps replaces the maps with copies, so that the caller can't change them.
func (c *Config) cloneMaps() {
	c.Priorities, c.PortPriority = maps.Clone(c.Priorities), maps.Clone(c.PortPriority)
	c.Keys, c.Rates, c.Weights = maps.Clone(c.Keys), maps.Clone(c.Rates), maps.Clone(c.Weights)
}

// checkChoices rejects values that are none of a list.
func (c *Config) checkChoices() error {
	for _, v := range []struct {
		field string
		is    int
		most  int
		names string
	}{
		{"Mode", int(c.Mode), len(modeNames) - 1, modesAllowed},
		{"Reselect", int(c.Reselect), len(reselectNames) - 1, "ReselectAlways, ReselectBetter or ReselectFailure"},
		{"Rate", int(c.Rate), int(RateFast), "RateSlow or RateFast"},
		{"MACPolicy", int(c.MACPolicy), int(MACActive), "MACAll or MACActive"},
	} {
		if v.is > v.most {
			return &ConfigError{v.field, strconv.Itoa(v.is), v.names}
		}
	}
	if c.MACPolicy == MACActive && c.Mode != ModeFailover {
		return &ConfigError{"MACPolicy", "MACActive", "MACAll, or ModeFailover"}
	}
	return nil
}

// checkNumbers rejects numbers and times out of their ranges.
func (c *Config) checkNumbers() error {
	return cmp.Or(
		within("PacketsPerMember", c.PacketsPerMember, 1, 65535),
		within("MinLinks", c.MinLinks, 0, maxLinks),
		within("MinLinksDown", c.MinLinksDown, 0, c.MinLinks),
		within("MTU", c.MTU, MinMTU, MaxMTU),
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
	return &ConfigError{field, fmt.Sprint(value), allowed}
}

// checkMembers checks the settings of single members.
func (c *Config) checkMembers() error {
	return cmp.Or(
		checkEach("Weights", c.Weights, 1, maxWeight, "1 to "+strconv.Itoa(maxWeight)),
		checkEach("Keys", c.Keys, 1, maxKey, "1 to "+strconv.Itoa(maxKey)),
		checkEach("Rates", c.Rates, RateSlow, RateFast, "RateSlow or RateFast"),
	)
}

// checkEach rejects values of members, by name, out of a range.
func checkEach[T ~uint8 | ~uint16](field string, values map[string]T, least, most T, allowed string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if v := values[name]; v < least || v > most {
			return &ConfigError{field, name + ": " + strconv.Itoa(int(v)), allowed}
		}
	}
	return nil
}

const (
	maxWeight   = 10000                // the greatest weight that a member can be given
	maxKey      = 1023                 // the greatest administrative key: the other bits of a key hold speed and duplex
	maxPortBase = 1<<16 - 1 - maxLinks // leaves enough port numbers for maxLinks members
)

// checkBalance rejects an interval out of range, and a plane that can't count the load.
func (c *Config) checkBalance() error {
	if c.Balance != 0 && (c.Balance < time.Second || c.Balance > time.Hour) {
		return &ConfigError{"Balance", c.Balance.String(), "0, or 1s to 1h"}
	}
	if _, counts := c.Plane.(plane.BucketCounter); c.Balance != 0 && c.Plane != nil && !counts {
		return &ConfigError{"Balance", c.Balance.String(), "0: the data plane does not count the load of buckets"}
	}
	return nil
}

// checkAddrs checks the MAC addresses.
func (c *Config) checkAddrs() error {
	for _, a := range []struct {
		field string
		addr  net.HardwareAddr
	}{{"HardwareAddr", c.HardwareAddr}, {"SystemAddr", c.SystemAddr}} {
		if a.addr != nil && !link.IsIndividual(a.addr) {
			return &ConfigError{a.field, a.addr.String(), individual}
		}
	}
	return nil
}

// checkHost checks the routes and the remark of the device.
func (c *Config) checkHost() error {
	for i, r := range c.Routes {
		var le *link.Error
		if errors.As(r.Check(), &le) {
			return &ConfigError{"Routes", le.Value, le.Allowed}
		}
		if slices.ContainsFunc(c.Routes[:i], func(o link.Route) bool { return o.Destination == r.Destination && o.Metric == r.Metric }) {
			return &ConfigError{"Routes", r.String(), "one route for each destination and metric"}
		}
	}
	const longest = 255 // IFALIASZ without its terminator
	unprintable := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if d := c.Description; len(d) > longest || strings.ContainsFunc(d, unprintable) {
		return &ConfigError{"Description", strconv.Quote(d), "printable text of at most " + strconv.Itoa(longest) + " octets"}
	}
	return nil
}

// individual is what is allowed for a MAC address.
const individual = "an individual MAC address other than zero"

// policy returns the hash policy in use, which is fixed in ModeSLB.
func (c *Config) policy() hash.Policy {
	if c.Mode == ModeSLB {
		return hash.VLANSrcMAC
	}
	return c.Hash
}

// checkPermission rejects a plane that does not look at a permission.
func (c *Config) checkPermission() error {
	if _, fences := c.Plane.(plane.Fencer); c.NeedsPermission && c.Plane != nil && !fences {
		return &ConfigError{"NeedsPermission", "true", "false: the data plane does not look at permissions"}
	}
	return nil
}

// checkHash checks the hash policy and its options by making the hash.
func (c *Config) checkHash() error {
	_, err := c.newHasher(nil)
	var refused *hash.FieldError
	if errors.As(err, &refused) && refused.Field != "Policy" {
		return &ConfigError{"HashOptions." + refused.Field, refused.Value, refused.Allowed}
	}
	if err != nil {
		return &ConfigError{"Hash", c.Hash.String(), "a policy of package hash"}
	}
	return nil
}

// checkNames rejects settings that name members the bond does not have.
func (c *Config) checkNames(members []string) error {
	for field, name := range c.named {
		if !slices.Contains(members, name) {
			return &ConfigError{field, name, "names of members: " + strings.Join(members, ", ")}
		}
	}
	return nil
}

// named yields the members that settings name, with the fields that do.
func (c *Config) named(yield func(field, name string) bool) {
	if c.Primary != "" && !yield("Primary", c.Primary) {
		return
	}
	for _, m := range []struct {
		field string
		names []string
	}{
		{"Priorities", slices.Sorted(maps.Keys(c.Priorities))}, {"PortPriority", slices.Sorted(maps.Keys(c.PortPriority))},
		{"Keys", slices.Sorted(maps.Keys(c.Keys))}, {"Rates", slices.Sorted(maps.Keys(c.Rates))},
		{"Weights", slices.Sorted(maps.Keys(c.Weights))},
	} {
		for _, name := range m.names {
			if !yield(m.field, name) {
				return
			}
		}
	}
}

// newHasher returns the configured hash. Unless a seed is set, policy flow gets one specific
// to this bond, so that one bond behind another uses all of its links.
func (c *Config) newHasher(system net.HardwareAddr) (hash.Hasher, error) {
	o := c.HashOptions
	if o.Seed == ([hash.SeedSize]byte{}) {
		o.Seed = hash.SeedFrom(system)
	}
	return hash.New(c.policy(), o)
}

// checkChanged is check for a bond whose MTU is mtu. If another program set that MTU on the
// device, it may be one that check does not allow.
func (c *Config) checkChanged(mtu int) error {
	if c.MTU != mtu {
		return c.check()
	}
	c.MTU = DefaultMTU
	err := c.check()
	c.MTU = mtu
	return err
}

// checkLACP checks the LACP settings, most of them with the engine's own checks.
func (c *Config) checkLACP() error {
	_, err := lacp.NewSystem(c.system(lacp.MAC{2}, nil))
	if err == nil && c.LACP.Policy > lacp.PolicyPortPriority {
		err = &lacp.FieldError{Field: "Policy", Value: c.LACP.Policy.String(), Allowed: "stable, bandwidth, count or port-priority"}
	}
	if err == nil && c.LACP.TimeoutMultiplier > 20 {
		err = &lacp.FieldError{Field: "TimeoutMultiplier", Value: "more than 20", Allowed: "0 to 20"}
	}
	return asConfigError(err, "LACP.")
}

// system returns the configuration of the LACP System.
func (c *Config) system(addr lacp.MAC, trace func(lacp.Transition)) lacp.Config {
	return lacp.Config{
		System:        lacp.SystemID{Priority: c.SystemPriority, MAC: addr},
		AggregateWait: c.AggregateWait,
		Trace:         trace,

		RequirePartner:          true,
		TreatExpiredAsOutOfSync: true,
		AlignPeriodicTx:         true,
		RetryFirstLACPDU:        true,
		WithdrawOnExpired:       true,
		StallTolerance:          stallTolerance,

		MaxLinks:        c.LACP.MaxLinks,
		NonRevertive:    c.LACP.NonRevertive,
		WaitToRestore:   c.LACP.WaitToRestore,
		Fallback:        c.LACP.Fallback,
		FallbackTimeout: c.LACP.FallbackTimeout,
		Dampening:       c.LACP.Dampening,
	}
}

// stallTolerance is how late control may run. After a longer delay the System waits as long
// again before it declares a partner lost, because the partner's LACPDUs may still be queued.
const stallTolerance = 500 * time.Millisecond

// checkLinks rejects links that can't form a bond. A bond without an address of its own needs
// a link to take one from.
func checkLinks(cfg *Config, links []link.Port) error {
	if n := len(links); n > maxLinks || n == 0 && cfg.HardwareAddr == nil {
		return &ConfigError{"links", strconv.Itoa(n) + " links", "1 to " + strconv.Itoa(maxLinks)}
	}
	names := make(map[string]bool)
	for _, l := range links {
		if l == nil {
			return &ConfigError{"links", "nil", "links"}
		}
		if names[l.Name()] {
			return &ConfigError{"links", l.Name(), "each link once"}
		}
		names[l.Name()] = true
		if _, missing := l.(absent); missing {
			continue
		}
		if err := checkLink(l); err != nil {
			return err
		}
	}
	return nil
}

// checkLink rejects a link without an individual MAC address.
func checkLink(l link.Port) error {
	if a := l.HardwareAddr(); !link.IsIndividual(a) {
		return &ConfigError{"links", l.Name() + " with address " + a.String(), individual}
	}
	return nil
}

func linkNames(links []link.Port) []string {
	names := make([]string, len(links))
	for i, l := range links {
		names[i] = l.Name()
	}
	return names
}

// checkInterface rejects strings that can't be the name of an interface.
func checkInterface(name string) error {
	if name == "" || len(name) > maxInterfaceName {
		return &ConfigError{"Interfaces", name, "names of interfaces, 1 to 127 octets"}
	}
	return nil
}

// maxInterfaceName is the longest alternative name of an interface, in octets.
const maxInterfaceName = 127
