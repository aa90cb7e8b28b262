package bond

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// LACPConfig are the finer settings of ModeLACP. The zero value is right for most.
type LACPConfig struct {
	// Policy says which of several LAGs carries the data, where the links lead to
	// more than one partner or differ in speed. The zero value takes the one of the
	// highest bandwidth at the start and when the one in use fails, and keeps it
	// until then.
	Policy lacp.AggregatorPolicy

	// MaxLinks is how many links are used at most, the others being on standby; 0
	// is no limit. NonRevertive keeps a link that recovers from displacing another.
	MaxLinks     int
	NonRevertive bool

	// WaitToRestore is how long a link that recovers stays on standby, unless
	// there is no other. 0 to 1 h.
	WaitToRestore time.Duration

	// Fallback is what becomes of links whose partner does not speak LACP, after
	// FallbackTimeout, 0 to 1 h. The zero value is that they carry no data.
	Fallback        lacp.Fallback
	FallbackTimeout time.Duration

	// Dampening keeps flapping links out; off by default.
	Dampening lacp.Dampening

	// TimeoutMultiplier is how many LACPDUs of the partner may be missing, 1 to 20,
	// before it is given up. 0 means the standard's 3.
	TimeoutMultiplier uint8
}

// stallTolerance is how late control may be before it waits for what is queued.
const stallTolerance = 500 * time.Millisecond

// system is what the configuration says of the LACP System.
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

// checkLACP has the engine check what is for it.
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
	var field *lacp.FieldError
	if errors.As(err, &field) {
		return &ConfigError{"LACP." + field.Field, field.Value, field.Allowed}
	}
	return err
}

// maxPortBase leaves port numbers for the most members.
const maxPortBase = 1<<16 - 1 - maxLinks

// maxKey is the greatest administrative key: the rest of the octets are for speed and duplex.
const maxKey = 1023

// checkPorts checks what concerns single members' ports.
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
