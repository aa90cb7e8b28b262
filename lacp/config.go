package lacp

import (
	"strconv"
	"time"
)

// The protocol's times (6.4.4) and the priority used where none is given.
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
	// System identifies this System to its partners. MAC is an individual
	// address and not zero; Priority 0 means 0x8000.
	System SystemID

	// AggregateWait is how long a port waits for others to come up before it
	// attaches (wait_while, 6.4.4). 0 means 2 s, a negative time no wait at all.
	AggregateWait time.Duration

	// RequirePartner leaves a port UNSELECTED until it has heard a partner, and
	// again once it has lost it (Receive machine DEFAULTED). The standard, and the
	// zero value, make such a port an Individual link that carries data.
	RequirePartner bool

	// HeedExpired treats a partner that does not hear us as out of sync until it
	// leaves EXPIRED: one that goes to EXPIRED while the link is in use, and one that
	// is Expired while the link comes up and claims to collect though it shows us out
	// of sync. The standard lets no machine look at that bit, but some partners claim
	// to be in sync until they are in DEFAULTED, though they drop what they get.
	HeedExpired bool

	// LeadPartner shifts the fast periodic LACPDUs of a link in use, by cutting a
	// period short, to just before the partner's own. A partner that stops hearing
	// us says so at once or with its next periodic LACPDU: the latter then comes 3.0
	// to 3.2 s after ours were lost, not up to 4 s.
	LeadPartner bool

	// RepeatFirst sends the first LACPDU on a link that has come up again after
	// 200 ms if nothing has been heard by then. A partner that learns of its carrier
	// later than we do discards the first one, and if it is Passive it stays silent
	// until the next, a second later. With HeedExpired the answer to a partner that
	// does not hear us is sent again too, after 100 ms.
	RepeatFirst bool

	// WithdrawOnExpired clears Synchronization in our own LACPDUs while the Receive
	// machine is in EXPIRED after the loss of a partner. A partner that looks at
	// nothing but that bit then stops sending at once, not when we are DEFAULTED.
	WithdrawOnExpired bool

	// MaxLinks limits how many ports of an aggregator are SELECTED; the others are
	// STANDBY. 0 is no limit. The System with the lower identifier decides by its
	// port identifiers which, lower ones first. NonRevertive lets a port that
	// recovers not displace one in use.
	MaxLinks     int
	NonRevertive bool

	// WaitToRestore is how long a port that has carried data before stays STANDBY
	// after it recovers, unless no other port of its aggregator can be used. 0 to 1 h.
	WaitToRestore time.Duration

	// Aggregators limits how many aggregators may be in use; 0 is one for each
	// port. A port that finds none stays UNSELECTED.
	Aggregators int

	// MinLinks is how many ports must distribute for an aggregator to carry data;
	// 0 and 1 are no condition. Once it does it goes on down to MinLinksDown, 0
	// meaning MinLinks. Only the data path is held back, never Synchronization, so
	// that two ends with such a limit do not wait for each other.
	MinLinks, MinLinksDown int

	// AdminDown is the AdminState of the aggregators (aAggAdminState): they carry
	// no data, their ports keep the state they are in.
	AdminDown bool

	// LinkNotifications asks for an [ActionLink] whenever an aggregator's
	// operational state changes (aAggLinkUpDownNotificationEnable).
	LinkNotifications bool

	// Fallback is what becomes of ports without a partner after FallbackTimeout, 0
	// to 1 h, in DEFAULTED. It needs RequirePartner.
	Fallback        Fallback
	FallbackTimeout time.Duration

	// Dampening keeps flapping ports out; off by default.
	Dampening Dampening

	// StallTolerance has a System that finds in Advance that it was driven later
	// than this wait as long again before it loses a partner, whose LACPDUs may
	// still be queued. 0 to 10 s; 0 is off.
	StallTolerance time.Duration

	// CollectorMaxDelay is sent in LACPDUs, in units of 10 microseconds.
	CollectorMaxDelay uint16

	// Destination is the group address LACPDUs are sent to; zero means
	// SlowProtocolsMulticast.
	Destination MAC

	// Trace, if not nil, is called for each transition of a machine, while the
	// method that caused it runs. It must not call the System.
	Trace func(Transition)
}

// check completes c with its defaults.
func (c *Config) check() error {
	switch {
	case c.System.MAC == MAC{}:
		return &FieldError{"System.MAC", c.System.MAC.String(), "an individual address other than zero"}
	case c.System.MAC.IsGroup():
		return &FieldError{"System.MAC", c.System.MAC.String(), "an individual address, no group address"}
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

// The highest values of limits.
const (
	maxTime           = time.Hour // WaitToRestore, FallbackTimeout
	maxStallTolerance = 10 * time.Second
	maxCount          = 1<<16 - 1
)

// checkPolicy checks the options that are not the standard's.
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

// PortConfig is the administrative state of one Aggregation Port. Number, Key
// and MAC have to be set; the other zero values are an Active, Aggregatable
// port with the Long Timeout and independent Mux control.
type PortConfig struct {
	// Number is the port's number, 1 to 65535, unique in the System.
	Number PortNumber

	// Priority of the port; 0 means 0x8000. A lower value is preferred.
	Priority uint16

	// Key is Actor_Admin_Port_Key. Ports aggregate only with ports of the same
	// operational key, which [FoldKey] makes of Key, speed and duplex; Key is
	// then 1 to 1023. With StaticKey the operational key is Key, 1 to 65535.
	Key       Key
	StaticKey bool

	// MAC is the port's own individual address, the source of its LACPDUs.
	MAC MAC

	Passive        bool // LACP_Activity: speak only to an Active partner
	ShortTimeout   bool // LACP_Timeout: expect a LACPDU each second (FAST), not each 30 s (SLOW)
	Individual     bool // Aggregation: never share an aggregator
	Disabled       bool // clears LACP_Enabled: no LACP on this port
	CoupledControl bool // Mux: collecting and distributing change together

	// TimeoutMultiplier is how many of the partner's periodic LACPDUs are waited
	// for, 1 to 20; 0 means 3. Nothing on the wire changes.
	TimeoutMultiplier uint8

	// PartnerAdmin is what is assumed of a partner that is not heard
	// (Partner_Admin, 6.4.7). Zero means [DefaultPartnerAdmin].
	PartnerAdmin Info
}

// DefaultPartnerAdmin is the partner assumed for a port by default: not
// aggregatable, in sync, and with key and port number of its own, so that no two
// ports without a partner ever look alike.
func DefaultPartnerAdmin(n PortNumber) Info {
	return Info{
		Key:   Key(n),
		Port:  PortID{Number: n},
		State: StateSynchronization | StateCollecting,
	}
}

// check completes c with its defaults.
func (c *PortConfig) check() error {
	number := func(v uint64) string { return strconv.FormatUint(v, 10) }
	switch {
	case c.Number == 0:
		return &FieldError{"Number", "0", "1 to 65535"}
	case c.Key == 0:
		return &FieldError{"Key", "0", "1 to 1023, with StaticKey to 65535"}
	case c.Key > maxFoldedKey && !c.StaticKey:
		return &FieldError{"Key", number(uint64(c.Key)), "1 to 1023, with StaticKey to 65535"}
	case c.MAC == MAC{} || c.MAC.IsGroup():
		return &FieldError{"MAC", c.MAC.String(), "an individual address other than zero"}
	}
	if c.Priority == 0 {
		c.Priority = DefaultPriority
	}
	if c.TimeoutMultiplier > 20 {
		return &FieldError{"TimeoutMultiplier", number(uint64(c.TimeoutMultiplier)), "1 to 20, or 0 for 3"}
	}
	if c.TimeoutMultiplier == 0 {
		c.TimeoutMultiplier = 3
	}
	if c.PartnerAdmin == (Info{}) {
		c.PartnerAdmin = DefaultPartnerAdmin(c.Number)
	}
	return nil
}

// adminState is Actor_Admin_Port_State.
func (c *PortConfig) adminState() State {
	var s State
	s = s.with(StateActivity, !c.Passive)
	s = s.with(StateTimeout, c.ShortTimeout)
	return s.with(StateAggregation, !c.Individual)
}
