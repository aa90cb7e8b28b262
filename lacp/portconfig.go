package lacp

import "strconv"

// PortConfig is the administrative state of one Aggregation Port. Number, Key
// and MAC have to be set. The zero values of the other fields make an Active,
// Aggregatable port with the Long Timeout and independent Mux control.
type PortConfig struct {
	// Number is the port's number, 1 to 65535, unique in the System.
	Number PortNumber

	// Priority of the port; 0 means 0x8000. A lower value is preferred.
	Priority uint16

	// Key is Actor_Admin_Port_Key, 1 to 1023. Ports aggregate only with ports of the
	// same operational key, which [FoldKey] computes from Key, speed and duplex. With
	// StaticKey the operational key is Key itself, 1 to 65535.
	Key       Key
	StaticKey bool

	// MAC is the port's own individual address, the source of its LACPDUs.
	MAC MAC

	Passive        bool // LACP_Activity: send only to an Active partner
	ShortTimeout   bool // LACP_Timeout: expect a LACPDU every second (FAST), not every 30 s (SLOW)
	Individual     bool // Aggregation: never share an aggregator
	Disabled       bool // clears LACP_Enabled: no LACP on this port
	CoupledControl bool // Mux: collecting and distributing change together

	// TimeoutMultiplier is the timeout in periods of the partner's periodic LACPDUs,
	// 1 to 20; 0 means 3. It changes nothing on the wire.
	TimeoutMultiplier uint8

	// PartnerAdmin holds the values assumed for a partner that has not been heard
	// (Partner_Admin, 6.4.7). Zero means [DefaultPartnerAdmin].
	PartnerAdmin Info
}

// DefaultPartnerAdmin returns the partner assumed for a port by default. It is not
// aggregatable, is in sync, and has the port's number as its key and port number, so
// that no two ports without a partner look alike.
func DefaultPartnerAdmin(n PortNumber) Info {
	return Info{
		Key:   Key(n),
		Port:  PortID{Number: n},
		State: StateSynchronization | StateCollecting,
	}
}

// check validates c and fills in its defaults.
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
