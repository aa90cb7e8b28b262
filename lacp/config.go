package lacp

import (
	"slices"
	"strconv"
	"time"
)

// The protocol's times (6.4.4) and the default priority.
const (
	FastPeriodicTime   = 1 * time.Second
	SlowPeriodicTime   = 30 * time.Second
	ShortTimeoutTime   = 3 * FastPeriodicTime
	LongTimeoutTime    = 3 * SlowPeriodicTime
	ChurnDetectionTime = 60 * time.Second
	AggregateWaitTime  = 2 * time.Second

	DefaultPriority = 0x8000
)

// Config configures a [System]. Only System.MAC has to be set.
type Config struct {
	// System identifies this System to its partners. MAC must be an individual
	// address other than zero. Priority 0 means 0x8000.
	System SystemID

	// AggregateWait is how long a port waits for others to come up before it
	// attaches (wait_while, 6.4.4). 0 means 2 s; a negative value means no wait.
	AggregateWait time.Duration

	// RequirePartner keeps a port UNSELECTED until it has heard a partner, and
	// again after it has lost the partner (Receive machine DEFAULTED). By default,
	// and in the standard, such a port is an Individual link that carries data.
	RequirePartner bool

	// TreatExpiredAsOutOfSync treats a partner that does not hear us as out of sync until it
	// leaves EXPIRED. That is a partner that goes to EXPIRED while the link is in
	// use, or one that is Expired while the link comes up and claims to collect
	// although it shows us out of sync. No machine of the standard reads that bit,
	// but some partners claim to be in sync until they are in DEFAULTED, while they
	// drop the frames they receive.
	TreatExpiredAsOutOfSync bool

	// AlignPeriodicTx shifts the fast periodic LACPDUs of a link in use to just before
	// the partner's own, by shortening a period. A partner that stops hearing us
	// reports it at once or with its next periodic LACPDU. With AlignPeriodicTx, that
	// LACPDU comes 3.0 to 3.2 s after ours were lost, instead of up to 4 s.
	AlignPeriodicTx bool

	// RetryFirstLACPDU repeats the first LACPDU on a link after 200 ms if nothing has been
	// heard by then. A partner that detects its carrier later than we do discards the
	// first one, and a Passive partner then stays silent until the next one, a second
	// later. With TreatExpiredAsOutOfSync, RetryFirstLACPDU also repeats the answer to a partner that
	// does not hear us, after 100 ms.
	RetryFirstLACPDU bool

	// WithdrawOnExpired clears Synchronization in our own LACPDUs while the Receive
	// machine is in EXPIRED after the loss of a partner, also if the port attaches
	// meanwhile. A partner that reads only that bit then stops sending at once, instead
	// of when we are DEFAULTED.
	WithdrawOnExpired bool

	// MaxLinks limits how many ports of an aggregator are SELECTED; the others are
	// STANDBY. 0 means no limit. The System with the lower identifier decides which,
	// by its port identifiers, lower ones first. NonRevertive keeps a port that
	// recovers from displacing one in use.
	MaxLinks     int
	NonRevertive bool

	// WaitToRestore is how long a port that has carried data before stays STANDBY
	// after it recovers, unless no other port of its aggregator can be used. 0 to 1 h.
	WaitToRestore time.Duration

	// Aggregators limits how many aggregators may be in use; 0 means one for each
	// port. A port that finds no aggregator stays UNSELECTED.
	Aggregators int

	// MinLinks is how many ports must distribute before an aggregator carries data;
	// 0 and 1 mean no condition. Once it carries data it continues down to
	// MinLinksDown ports; 0 means MinLinks. MinLinks holds back only the data path,
	// never Synchronization, so that two ends with such a limit do not wait for each
	// other.
	MinLinks, MinLinksDown int

	// AdminDown is the AdminState of the aggregators (aAggAdminState): if true, they
	// carry no data. Their ports keep their states.
	AdminDown bool

	// LinkNotifications asks for an [ActionLink] whenever an aggregator's
	// operational state changes (aAggLinkUpDownNotificationEnable).
	LinkNotifications bool

	// Fallback decides what happens to ports without a partner after they have been
	// in DEFAULTED for FallbackTimeout, 0 to 1 h. It needs RequirePartner.
	Fallback        Fallback
	FallbackTimeout time.Duration

	// Dampening keeps flapping ports out; off by default.
	Dampening Dampening

	// StallTolerance is how late Advance may be called before the System counts a
	// stall. After a stall the System waits this long again before it declares a
	// partner lost, since the partner's LACPDUs may still be queued. 0 to 10 s; 0
	// means off.
	StallTolerance time.Duration

	// CollectorMaxDelay is sent in LACPDUs, in units of 10 microseconds.
	CollectorMaxDelay uint16

	// Destination is the group address LACPDUs are sent to; zero means
	// SlowProtocolsMulticast.
	Destination MAC

	// Trace, if not nil, is called for each transition of a machine, from within the
	// method that caused it. It must not call the System.
	Trace func(Transition)
}

// Fallback decides how to use ports whose partner does not run LACP, if a partner is
// required ([Config.RequirePartner]). A port falls back once it has been in DEFAULTED
// for FallbackTimeout and no port of the same administrative key has a partner. The
// first valid LACPDU on any of these ports ends the fallback for all of them.
// A port that hears its own LACPDUs never falls back.
type Fallback uint8

// The fallbacks.
const (
	FallbackNone Fallback = iota // no data without a partner
	FallbackOne                  // the port with the lowest port identifier, as an Individual link
	FallbackAll                  // all ports of the same operational key, in one static LAG; the other end needs one too
)

var fallbackNames = [...]string{"none", "one", "all"}

// String returns "none", "one" or "all".
func (f Fallback) String() string { return name(fallbackNames[:], int(f)) }

// ParseFallback returns the fallback with the given name, as String returns it. The
// error is a [*FieldError].
func ParseFallback(name string) (Fallback, error) {
	if i := slices.Index(fallbackNames[:], name); i >= 0 {
		return Fallback(i), nil
	}
	return 0, &FieldError{"fallback", name, "none, one or all"}
}

// check validates c and fills in its defaults.
func (c *Config) check() error {
	switch {
	case c.System.MAC == MAC{}:
		return &FieldError{"System.MAC", c.System.MAC.String(), "an individual address other than zero"}
	case c.System.MAC.IsGroup():
		return &FieldError{"System.MAC", c.System.MAC.String(), "an individual address, not a group address"}
	}
	if c.System.Priority == 0 {
		c.System.Priority = DefaultPriority
	}
	switch {
	case c.AggregateWait == 0:
		c.AggregateWait = AggregateWaitTime
	case c.AggregateWait < 0:
		c.AggregateWait = 0
	}
	switch c.Destination {
	case MAC{}:
		c.Destination = SlowProtocolsMulticast
	case SlowProtocolsMulticast, NearestCustomerBridge, NearestNonTPMRBridge:
	default:
		return &FieldError{"Destination", c.Destination.String(), "01:80:c2:00:00:02, :00 or :03"}
	}
	return c.checkPolicy()
}

// The highest allowed values.
const (
	maxTime           = time.Hour // WaitToRestore, FallbackTimeout
	maxStallTolerance = 10 * time.Second
	maxCount          = 1<<16 - 1
)

// checkPolicy checks the options that the standard does not have.
func (c *Config) checkPolicy() error {
	for _, f := range []struct {
		name string
		v    int
	}{{"MaxLinks", c.MaxLinks}, {"Aggregators", c.Aggregators}, {"MinLinks", c.MinLinks}, {"MinLinksDown", c.MinLinksDown}} {
		if f.v < 0 || f.v > maxCount {
			return &FieldError{f.name, strconv.Itoa(f.v), "0 to 65535"}
		}
	}
	for _, f := range []struct {
		name   string
		v, max time.Duration
	}{{"WaitToRestore", c.WaitToRestore, maxTime}, {"FallbackTimeout", c.FallbackTimeout, maxTime}, {"StallTolerance", c.StallTolerance, maxStallTolerance}} {
		if f.v < 0 || f.v > f.max {
			return &FieldError{f.name, f.v.String(), "0 to " + f.max.String()}
		}
	}
	if c.MinLinksDown == 0 {
		c.MinLinksDown = c.MinLinks
	}
	switch {
	case c.MinLinksDown > c.MinLinks:
		return &FieldError{"MinLinksDown", strconv.Itoa(c.MinLinksDown), "at most MinLinks, " + strconv.Itoa(c.MinLinks)}
	case c.MaxLinks > 0 && c.MinLinks > c.MaxLinks:
		return &FieldError{"MinLinks", strconv.Itoa(c.MinLinks), "at most MaxLinks, " + strconv.Itoa(c.MaxLinks)}
	case c.Fallback > FallbackAll:
		return &FieldError{"Fallback", strconv.Itoa(int(c.Fallback)), "none, one or all"}
	case c.Fallback != FallbackNone && !c.RequirePartner:
		return &FieldError{"Fallback", c.Fallback.String(), "none without RequirePartner"}
	}
	return c.Dampening.check()
}

// ranks reports whether the selection of a port depends on the other ports.
func (c *Config) ranks() bool { return c.MaxLinks > 0 || c.WaitToRestore > 0 }
