package bond

import (
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// The MTUs a bond can have, in octets of payload.
const (
	MinMTU     = 1492
	MaxMTU     = 9216
	DefaultMTU = 1500
)

// Config configures a bond. Names of members are those of their links. The zero value is an active LACP bond with SLOW
// LACPDU rate, layer2+3 hash and MTU 1500.
type Config struct {
	// Name of the bond in logs and status. Empty means "bond0".
	Name string

	// Mode decides which members carry data.
	Mode Mode

	// Primary is the name of the member that ModeFailover prefers. Empty means
	// none.
	Primary string

	// Priorities are of members by name, for ModeFailover: of those whose link is
	// up, the one of the highest takes over. 0 where nothing is said.
	Priorities map[string]int

	// Reselect says when ModeFailover goes back to a better member. The zero
	// value means always.
	Reselect Reselect

	// PacketsPerMember is how many frames ModeRoundRobin sends on a member before
	// it is the next one's turn, 1 to 65535. 0 means 1.
	PacketsPerMember int

	// HardwareAddr is the bond's MAC address and the address of its LACP System
	// Identifier. Nil means that of the first link. It stays when that link leaves.
	HardwareAddr net.HardwareAddr

	// Passive makes the bond speak LACP only to a partner that does. Two passive
	// ends form no bond.
	Passive bool

	// Rate is the LACPDU rate asked of the partner.
	Rate Rate

	// SystemPriority of the LACP System Identifier, 1 to 65535. 0 means 32768.
	SystemPriority uint16

	// Key is the administrative LACP key, 1 to 1023. 0 means 1. Links of different
	// speed or duplex get different operational keys and do not aggregate.
	Key lacp.Key

	// AggregateWait is how long a link waits for others before it joins the bond.
	// 0 means the standard's 2 s, a negative time no wait.
	AggregateWait time.Duration

	// CoupledControl makes collecting and distributing start and end together.
	// Without it a member distributes only once the partner collects.
	CoupledControl bool

	// Hash is the transmit hash policy.
	Hash hash.Policy

	// Resilient keeps the flows of the other members where they are when one is
	// lost. Without it a flow's member is always Linux's choice, the hash modulo
	// the number of members that carry data, and most flows move. While all
	// members carry data the two are the same.
	Resilient bool

	// MTU in octets of payload, 1492 to 9216. 0 means 1500.
	MTU int

	// Announce are IP addresses behind the bond. Each time the bond comes up it
	// sends a gratuitous ARP for those of IPv4. Open adds those of its device.
	Announce []netip.Prefix

	// Device, if not nil, is where the bond's frames come from and go to; Send
	// and Receive can't be used then. The bond closes it.
	Device Device

	// Logger gets one record for each change of a member or of the bond. Nil
	// means none.
	Logger *slog.Logger

	// Trace, if not nil, is called for each transition of a LACP machine, on the
	// bond's control goroutine. It must not call the bond.
	Trace func(lacp.Transition)
}

// check completes c with its defaults.
func (c *Config) check() error {
	if c.Name == "" {
		c.Name = "bond0"
	}
	if !c.Mode.valid() {
		return &ConfigError{"Mode", strconv.Itoa(int(c.Mode)), modesAllowed}
	}
	if int(c.Reselect) >= len(reselectNames) {
		return &ConfigError{"Reselect", strconv.Itoa(int(c.Reselect)), "ReselectAlways, ReselectBetter or ReselectFailure"}
	}
	if c.PacketsPerMember == 0 {
		c.PacketsPerMember = 1
	}
	if c.PacketsPerMember < 0 || c.PacketsPerMember > 65535 {
		return &ConfigError{"PacketsPerMember", strconv.Itoa(c.PacketsPerMember), "1 to 65535"}
	}
	if c.Rate > RateFast {
		return &ConfigError{"Rate", strconv.Itoa(int(c.Rate)), "RateSlow or RateFast"}
	}
	if c.Key == 0 {
		c.Key = 1
	}
	if c.MTU == 0 {
		c.MTU = DefaultMTU
	}
	if c.MTU < MinMTU || c.MTU > MaxMTU {
		return &ConfigError{"MTU", strconv.Itoa(c.MTU), "1492 to 9216"}
	}
	if _, err := hash.New(c.Hash, hash.Options{}); err != nil {
		return &ConfigError{"Hash", c.Hash.String(), "layer2, layer2+3 or layer3+4"}
	}
	if c.HardwareAddr != nil && !usableAddr(c.HardwareAddr) {
		return &ConfigError{"HardwareAddr", c.HardwareAddr.String(), "an individual MAC address other than zero"}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// checkNames refuses settings of members that there are not.
func (c *Config) checkNames(members []string) error {
	if c.Primary != "" && !slices.Contains(members, c.Primary) {
		return &ConfigError{"Primary", c.Primary, "the name of a member: " + strings.Join(members, ", ")}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Priorities)) {
		if !slices.Contains(members, name) {
			return &ConfigError{"Priorities", name, "names of members: " + strings.Join(members, ", ")}
		}
	}
	return nil
}

// usableAddr reports whether a is an individual MAC address.
func usableAddr(a net.HardwareAddr) bool {
	return len(a) == 6 && a[0]&1 == 0 && lacp.MAC(a) != lacp.MAC{}
}
