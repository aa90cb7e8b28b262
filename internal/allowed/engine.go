package allowed

import (
	"errors"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// Policy returns the hash policy in use, which is fixed in ModeSLB.
func Policy(c *config.Config) hash.Policy {
	if c.Mode == config.ModeSLB {
		return hash.VLANSrcMAC
	}
	return c.Hash
}

// Hasher returns the configured hash. Unless a seed is set, policy flow gets one specific
// to this bond, so that one bond behind another uses all of its links.
func Hasher(c *config.Config, system net.HardwareAddr) (hash.Hasher, error) {
	o := c.HashOptions
	if o.Seed == ([hash.SeedSize]byte{}) {
		o.Seed = hash.SeedFrom(system)
	}
	return hash.New(Policy(c), o)
}

// checkHash checks the hash policy and its options by making the hash.
func checkHash(c *config.Config) error {
	_, err := Hasher(c, nil)
	var refused *hash.FieldError
	if errors.As(err, &refused) && refused.Field != "Policy" {
		return Refuse("HashOptions."+refused.Field, refused.Value, refused.Allowed)
	}
	if err != nil {
		return Refuse("Hash", c.Hash.String(), "a policy of package hash")
	}
	return nil
}

// System returns the configuration of the LACP System.
func System(c *config.Config, addr lacp.MAC, trace func(lacp.Transition)) lacp.Config {
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

// checkLACP checks the LACP settings, most of them with the engine's own checks.
func checkLACP(c *config.Config) error {
	_, err := lacp.NewSystem(System(c, lacp.MAC{2}, nil))
	if err == nil && c.LACP.Policy > lacp.PolicyPortPriority {
		err = &lacp.FieldError{Field: "Policy", Value: c.LACP.Policy.String(), Allowed: "stable, bandwidth, count or port-priority"}
	}
	if err == nil && c.LACP.TimeoutMultiplier > 20 {
		err = &lacp.FieldError{Field: "TimeoutMultiplier", Value: "more than 20", Allowed: "0 to 20"}
	}
	return Refusal(err, "LACP.")
}

// Port returns the configuration of a member's port.
func Port(c *config.Config, name string, addr net.HardwareAddr) lacp.PortConfig {
	key, rate := c.Key, c.Rate
	if k, ok := c.Keys[name]; ok {
		key = k
	}
	if r, ok := c.Rates[name]; ok {
		rate = r
	}
	return lacp.PortConfig{
		Priority:          c.PortPriority[name],
		Key:               key,
		MAC:               lacp.MAC(addr),
		Passive:           c.Passive,
		ShortTimeout:      rate == config.RateFast,
		CoupledControl:    c.CoupledControl,
		TimeoutMultiplier: c.LACP.TimeoutMultiplier,
	}
}
