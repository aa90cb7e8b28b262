package bond

import (
	"strings"

	"github.com/lagkit/lagkit/bond/plane"
)

// Mode is the protocol by which a bond decides which members carry data, and how
// frames are dealt out to them.
type Mode uint8

// The modes. Only ModeLACP talks to the other end. The others trust the carrier:
// a member whose link is up is used, whatever is behind it, and the other end has
// to be set up by hand to match.
const (
	// ModeLACP is IEEE 802.1AX (802.3ad) LACP, the default. Data flows only on
	// links whose partner has agreed to it. Frames of a flow stay in order. The
	// other end speaks LACP.
	ModeLACP Mode = iota

	// ModeFailover uses one member; the others wait for it to fail. Config.Primary,
	// Priorities and Reselect choose which. Frames stay in order; what is under
	// way on a member that fails is lost. Nothing is needed at the other end,
	// which may be several switches of one network: they are told of a change of
	// member by the frames of [Config.Announce].
	ModeFailover

	// ModeLoadBalance spreads flows by the hash over all members with carrier and
	// takes frames from each of them. Frames of a flow stay in order. The other
	// end needs a static link aggregation group of the same links, without LACP.
	ModeLoadBalance

	// ModeRoundRobin sends Config.PacketsPerMember frames on each member with
	// carrier in turn, one after the other on the wire, whatever flow they
	// belong to. One flow can use the rate of all members, but its frames arrive
	// in another order than they were sent in: TCP slows down, and what can't
	// bear reordering breaks. One large segment counts as one frame. The other end
	// needs a static link aggregation group of the same links.
	ModeRoundRobin

	// ModeBroadcast sends every frame on each member with carrier, and takes what
	// arrives on any. As long as one copy arrives nothing is lost; where members
	// meet again every frame arrives more than once. It is for separate networks
	// whose far ends sort out the copies.
	ModeBroadcast

	// ModeSLB spreads stations, by source MAC address and VLAN, over all members with
	// carrier, for a switch that knows nothing of a group (Open vSwitch's balance-slb).
	// Config.Hash does not count. Frames to groups are taken from one member, and what
	// the switch sends back of the bond's own is dropped. When members come or go the
	// network is told where its stations are, as in ModeFailover. All links have to lead
	// to one network.
	ModeSLB

	// ModeNone carries no data. Device and members stay, the device without
	// carrier.
	ModeNone
)

// modeNames are the appliance's name, Linux's, and its number there.
var modeNames = [...]struct{ name, linux, number string }{
	ModeLACP:        {"LACP", "802.3AD", "4"},
	ModeFailover:    {"FAILOVER", "ACTIVE-BACKUP", "1"},
	ModeLoadBalance: {"LOADBALANCE", "BALANCE-XOR", "2"},
	ModeRoundRobin:  {"ROUNDROBIN", "BALANCE-RR", "0"},
	ModeBroadcast:   {"BROADCAST", "BROADCAST", "3"},
	ModeSLB:         {name: "SLB", linux: "BALANCE-SLB"},
	ModeNone:        {name: "NONE"},
}

// modesAllowed is what a refusal of a mode says.
const modesAllowed = "LACP (802.3ad, 4), FAILOVER (active-backup, 1), LOADBALANCE (balance-xor, 2), " +
	"ROUNDROBIN (balance-rr, 0), BROADCAST (3), SLB (balance-slb) or NONE"

// ParseMode reads a mode, in any case: its name, or the name or number that the
// Linux bonding driver has for it. The error is a [*ConfigError].
func ParseMode(s string) (Mode, error) {
	upper := strings.ToUpper(s)
	for m, n := range modeNames {
		if s != "" && (upper == n.name || upper == n.linux || upper == n.number) {
			return Mode(m), nil
		}
	}
	return 0, &ConfigError{Field: "Mode", Value: s, Allowed: modesAllowed}
}

func (m Mode) valid() bool { return int(m) < len(modeNames) }

// String returns the mode's name, such as "FAILOVER".
func (m Mode) String() string {
	if !m.valid() {
		return "invalid"
	}
	return modeNames[m].name
}

// MarshalText returns what String returns.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what [ParseMode] reads. On error m is left alone.
func (m *Mode) UnmarshalText(text []byte) error {
	v, err := ParseMode(string(text))
	if err == nil {
		*m = v
	}
	return err
}

// spread is how a mode deals frames out to the members that distribute.
func (m Mode) spread() plane.Spread {

	switch m {
	case ModeRoundRobin:
		return plane.SpreadInTurn
	case ModeBroadcast:
		return plane.SpreadCopies
	}
	return plane.SpreadFlows
}
