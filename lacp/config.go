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

	// HeedExpired takes a partner that goes to EXPIRED while the link is in use
	// for one that is not in sync, until it leaves that state: it does not hear
	// us. The standard lets no machine look at that bit, but some partners go on
	// claiming to be in sync for three seconds more, until they are in DEFAULTED,
	// though they no longer pass on what they get.
	HeedExpired bool

	// LeadPartner shifts the fast periodic LACPDUs, by cutting a period short, to
	// just before the partner's own. A partner that stops hearing us says so at
	// once or with its next periodic LACPDU: the latter then comes 3.0 to 3.2 s
	// after ours were lost, not up to 4 s.
	LeadPartner bool

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
	return nil
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
