package bond

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// LACPConfig holds the finer settings of ModeLACP. The zero value is right for most uses.
type LACPConfig struct {
	// Policy chooses the LAG that carries the data if the links lead to more than one partner
	// or differ in speed. The zero value takes the LAG with the highest bandwidth at the start
	// and keeps it until it fails, then chooses again.
	Policy lacp.AggregatorPolicy

	// MaxLinks is how many links are used at most; the others are on standby. 0 is no limit.
	// NonRevertive stops a link that recovers from displacing another.
	MaxLinks     int
	NonRevertive bool

	// WaitToRestore is how long a link that recovers stays on standby, unless it is the only
	// one. 0 to 1 h.
	WaitToRestore time.Duration

	// Fallback decides, after FallbackTimeout (0 to 1 h), how to use links whose partner does
	// not speak LACP. By default they carry no data.
	Fallback        lacp.Fallback
	FallbackTimeout time.Duration

	// Dampening keeps flapping links out; off by default.
	Dampening lacp.Dampening

	// TimeoutMultiplier is how many LACPDUs in a row the bond may miss before it gives up the
	// partner, 1 to 20. 0 means the standard's 3.
	TimeoutMultiplier uint8
}

// stallTolerance is how late control may run. After a longer delay the System waits as long
// again before it declares a partner lost, because the partner's LACPDUs may still be queued.
const stallTolerance = 500 * time.Millisecond

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

// checkLACP checks the LACP settings, most of them with the engine's own checks.
func (c *Config) checkLACP() error {
	_, err := lacp.NewSystem(c.system(lacp.MAC{2}, nil))
	if err == nil && c.LACP.Policy > lacp.PolicyPortPriority {
		err = &lacp.FieldError{Field: "Policy", Value: c.LACP.Policy.String(), Allowed: "stable, bandwidth, count or port-priority"}
	}
	if err == nil && c.LACP.TimeoutMultiplier > 20 {
		err = &lacp.FieldError{Field: "TimeoutMultiplier", Value: "more than 20", Allowed: "0 to 20"}
	}
	if err == nil {
		err = c.checkPorts()
	}
	return asConfigError(err, "LACP.")
}

// maxPortBase leaves enough port numbers for maxLinks members.
const maxPortBase = 1<<16 - 1 - maxLinks

// maxKey is the greatest administrative key. The other bits of a key hold speed and duplex.
const maxKey = 1023

// checkPorts checks the settings of single members' ports.
func (c *Config) checkPorts() error {
	if c.PortBase > maxPortBase {
		return &ConfigError{"PortBase", strconv.Itoa(int(c.PortBase)), "0 to " + strconv.Itoa(maxPortBase)}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Keys)) {
		if k := c.Keys[name]; k == 0 || k > maxKey {
			return &ConfigError{"Keys", name + ": " + strconv.Itoa(int(k)), "1 to " + strconv.Itoa(maxKey)}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Rates)) {
		if r := c.Rates[name]; r > RateFast {
			return &ConfigError{"Rates", name + ": " + strconv.Itoa(int(r)), "RateSlow or RateFast"}
		}
	}
	return nil
}
