package config

// Mode selects the protocol that decides which members carry data, and how frames are
// distributed to them.
type Mode uint8

// The modes. Only ModeLACP talks to the other end. The others trust the carrier: they use a
// member whose link is up, whatever it leads to, and the other end has to be configured by
// hand to match.
const (
	// ModeLACP is IEEE 802.1AX (802.3ad) LACP, the default. Data flows only on links whose
	// partner has agreed to it. Frames of a flow stay in order. The other end has to speak
	// LACP.
	ModeLACP Mode = iota

	// ModeFailover uses one member; the others are on standby until it fails. Config.Primary,
	// Priorities and Reselect choose the member. Frames stay in order; frames under way on a
	// member that fails are lost. The other end needs no configuration and may be several
	// switches of one network: the frames of [Config.Announce] inform them about a change of
	// member.
	ModeFailover

	// ModeLoadBalance spreads flows by the hash over all members with carrier and receives
	// frames on each of them. Frames of a flow stay in order. The other end needs a static
	// link aggregation group of the same links, without LACP.
	ModeLoadBalance

	// ModeRoundRobin sends Config.PacketsPerMember frames on each member with carrier in turn,
	// strictly in this order on the wire, whichever flow they belong to. One flow can use the
	// rate of all members, but its frames may arrive out of order. That slows down TCP and
	// breaks protocols that can't bear reordering. A large segment counts as one frame. The
	// other end needs a static link aggregation group of the same links.
	ModeRoundRobin

	// ModeBroadcast sends every frame on each member with carrier and receives frames on any
	// of them. Nothing is lost as long as one copy arrives. Where members lead to the same
	// network, every frame arrives more than once. It is for separate networks whose far ends
	// remove the duplicates.
	ModeBroadcast

	// ModeSLB spreads stations, by source MAC address and VLAN, over all members with carrier.
	// It is for a switch that knows nothing about a group (Open vSwitch's balance-slb).
	// Config.Hash has no effect. The bond takes frames to groups from one member, and drops
	// its own frames that the switch sends back. When members come or go, the bond announces
	// to the network where its stations are, as in ModeFailover. All links have to lead to one
	// network.
	ModeSLB

	// ModeNone carries no data. The device and the members stay; the device has no carrier.
	ModeNone

	// ModeRandom (teamd's runner random) sends each frame on a member with carrier that it
	// chooses at random. One flow can use the rate of all members, but its frames may arrive out
	// of order, as in ModeRoundRobin; unlike there, senders do not wait for each other's turns.
	// The other end needs a static link aggregation group of the same links.
	ModeRandom
)

// modeNames are the appliance's name for each mode, and the name and number in Linux.
var modeNames = [][]string{
	ModeLACP:        {"LACP", "802.3ad", "4"},
	ModeFailover:    {"FAILOVER", "active-backup", "1"},
	ModeLoadBalance: {"LOADBALANCE", "balance-xor", "2"},
	ModeRoundRobin:  {"ROUNDROBIN", "balance-rr", "0"},
	ModeBroadcast:   {"BROADCAST", "3"},
	ModeSLB:         {"SLB", "balance-slb"},
	ModeNone:        {"NONE"},
	ModeRandom:      {"RANDOM"},
}

// modesAllowed is the list of modes in error messages.
const modesAllowed = "LACP (802.3ad, 4), FAILOVER (active-backup, 1), LOADBALANCE (balance-xor, 2), " +
	"ROUNDROBIN (balance-rr, 0), RANDOM, BROADCAST (3), SLB (balance-slb) or NONE"

// ParseMode reads a mode: its name, or the name or number of the Linux bonding driver for it.
// Case does not matter. The error is a [*Error].
func ParseMode(s string) (Mode, error) { return parse[Mode](s, "Mode", modesAllowed, modeNames) }

// String returns the mode's name, such as "FAILOVER".
func (m Mode) String() string { return name(m, modeNames) }

// MarshalText returns what String returns.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what [ParseMode] reads. On error m is unchanged.
func (m *Mode) UnmarshalText(text []byte) error { return unmarshal(m, text, ParseMode) }
