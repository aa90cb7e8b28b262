package config

import (
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// The MTUs a bond can have, in octets of payload.
const (
	MinMTU     = 1492
	MaxMTU     = 9216
	DefaultMTU = 1500
)

// Config configures a bond. Members are named after their links. The zero value is an active
// LACP bond with SLOW LACPDU rate, layer2+3 hash and MTU 1500.
type Config struct {
	// Name of the bond in logs and status. Empty means "bond0".
	Name string

	// Mode decides which members carry data.
	Mode Mode

	// Primary is the name of the member that ModeFailover prefers. Empty means no preference.
	Primary string

	// Priorities are the members' priorities for ModeFailover, by name. Of the members whose
	// link is up, the one with the highest priority takes over. A member without an entry has
	// priority 0.
	Priorities map[string]int

	// Reselect decides when ModeFailover returns to a better member. The zero value means
	// always.
	Reselect Reselect

	// PacketsPerMember is how many frames ModeRoundRobin sends on a member before it moves to
	// the next one, 1 to 65535. 0 means 1.
	PacketsPerMember int

	// MinLinks is how many members must be able to carry data before the bond carries any, at
	// most 256. 0 means 1.
	MinLinks int

	// MinLinksDown is how many such members the bond needs to keep carrying data once it has
	// had MinLinks. It is at most MinLinks; 0 means MinLinks.
	MinLinksDown int

	// MinBandwidth is the sum of the members' speeds that the bond needs to carry data, in Mb/s;
	// an unknown speed counts as none. 0, the default, is no limit.
	MinBandwidth uint32

	// AdminDown takes the bond out of use. Its members stay but carry no data, and the bond
	// announces that to their partners.
	AdminDown bool

	// MACPolicy says which members' interfaces carry the bond's MAC address.
	MACPolicy MACPolicy

	// UpDelay is how long a link must be up before it is used. DownDelay is how long it must
	// be down before it is given up; frames sent on it until then are lost. 0, the default,
	// means at once; at most an hour. A link that comes up while no member carries data is
	// used at once.
	UpDelay, DownDelay time.Duration

	// HardwareAddr is the bond's MAC address. Nil means that of the first link; the bond keeps
	// it when that link leaves.
	HardwareAddr net.HardwareAddr

	// SystemAddr is the MAC address in the LACP System Identifier. The hash seed is derived
	// from it. Nil means HardwareAddr.
	SystemAddr net.HardwareAddr

	// Passive makes the bond speak LACP only to a partner that does. Two passive
	// ends form no bond.
	Passive bool

	// Rate is the LACPDU rate requested from the partner.
	Rate Rate

	// SystemPriority of the LACP System Identifier, 1 to 65535. 0 means 32768.
	SystemPriority uint16

	// PortPriority is the members' LACP port priority, by name, used where LACP.MaxLinks or
	// lacp.PolicyPortPriority choose between members; the lower value is preferred. 0 or no
	// entry means 32768. If it changes while the bond runs, the partner selects the link again
	// and takes the member out of use for about 2 s.
	PortPriority map[string]uint16

	// Key is the administrative LACP key, 1 to 1023. 0 means 1. Links of different
	// speed or duplex get different operational keys and do not aggregate.
	Key lacp.Key

	// Keys are the keys of members that need a key other than Key, by name, 1 to 1023. Those
	// members do not aggregate with the others.
	Keys map[string]lacp.Key

	// Rates are the LACPDU rates of members that request a rate other than Rate, by name.
	Rates map[string]Rate

	// Weights are the members' shares of the flows relative to each other, by name, 1 to 10000,
	// for ModeLoadBalance, ModeLACP and ModeSLB. A member without an entry has weight 1 or, with
	// WeightBySpeed, its speed in Mb/s. With weights the hash picks one of 1,024 buckets, and
	// only the buckets of a lost member move; without any, it picks a member as Linux does, and
	// all have the same share.
	Weights       map[string]uint16
	WeightBySpeed bool

	// Balance is how often the bond moves flows from members with more than their share of the
	// load to members with less, for ModeLoadBalance, ModeLACP and ModeSLB: 1 s to 1 h. 10 s is
	// right for most; 0, the default, means never. As with Weights the hash picks one of 1,024
	// buckets. Whole buckets move, a few at a time, and their frames stay in order: see
	// FlushTimeout. It begins when a member carries more than 1.1 times its share, and the bond
	// at least 1 Mb/s. A flow that is larger than a member's share stays where it is. It needs
	// a Plane that is a plane.BucketCounter; with another it is refused.
	Balance time.Duration

	// PortBase is added to the members' LACP port numbers, which count from 1; at most 65279.
	// Systems that share a System Identifier need separate ranges of numbers.
	PortBase uint16

	// NeedsPermission makes the bond carry data only while it has a permission from
	// bond.Bond.SetPermission, and none at first. Its members then stay on standby: their partners
	// see links that are up but not in sync. Package chassis uses this. The Plane has to be a
	// plane.Fencer.
	NeedsPermission bool

	// AggregateWait is how long a link waits for others before it joins the bond.
	// 0 means the standard's 2 s, a negative time no wait.
	AggregateWait time.Duration

	// CoupledControl makes collecting and distributing start and end together. If it is false,
	// a member distributes only once the partner collects.
	CoupledControl bool

	// Restore, if not nil, is the state that bond.Bond.Suspend, or Saved, saved of the bond that
	// this one replaces.
	Restore *lacp.Saved

	// Saved, if not nil, gets the state in time for a next bond to Restore it after this process
	// was killed, if the plane goes on by then ([plane.Keeper]): after changes, and in a quarter
	// of the partner's timeout at most. One call at a time; LACP does not wait for it.
	Saved func(lacp.Saved)

	// LACP holds the finer settings of ModeLACP.
	LACP LACPConfig

	// Hash is the transmit hash policy.
	Hash hash.Policy

	// HashOptions are the options of Hash; most of them apply to policy flow only. A zero Seed
	// means a seed derived from SystemAddr.
	HashOptions hash.Options

	// Resilient keeps the flows of the remaining members where they are when a member is lost.
	// Without it a flow's member is always the one that Linux would choose, the hash modulo
	// the number of members that carry data, and most flows move. While all members carry data
	// the two choose alike.
	Resilient bool

	// FlushTimeout is how long the bond holds the frames of a flow that moves between two
	// members while the old member still works, so that they do not overtake the frames under
	// way there. 0 means 20 ms; at most 1 s. If it is negative, no frames are held and they
	// may arrive out of order. The flows of a lost member move at once.
	FlushTimeout time.Duration

	// MTU in octets of payload, 1492 to 9216. 0 means 1500.
	MTU int

	// Addresses are the IP addresses that Open sets on the device.
	Addresses []netip.Prefix

	// Routes are routes of the host over the device, which Open adds. They come back when the device
	// is made again or set up again, and go with it. The device has to be a [link.RouteSetter].
	Routes []link.Route

	// Description is a remark that the device shows if it is a [link.Describer]: printable text of
	// at most 255 octets.
	Description string

	// Announce lists further IP addresses behind the bond. Each time the bond comes up, and
	// when ModeFailover changes to another member, it announces these and Addresses with a
	// gratuitous ARP or an unsolicited Neighbor Advertisement. It does the same for all other
	// addresses of a device made by Open and of the interfaces on top of it (VLAN devices with
	// their tags, macvlans, the bridge it is a port of). It sends a RARP request for MAC
	// addresses without a known IP address, such as those that the bridge has learnt on its
	// other ports, for at most 256 of them.
	Announce []netip.Prefix

	// AnnounceCount is how many announcements of each address are sent, at most
	// 255. 0 means 1, a negative number none.
	AnnounceCount int

	// AnnounceInterval is the time between two announcements of an address. 0 means 200 ms; at
	// most a minute.
	AnnounceInterval time.Duration

	// RejoinCount is how many times ModeFailover, after a change of member, makes the host
	// report its multicast groups (IGMP and MLD) on the new member, AnnounceInterval apart. 0
	// means 1, a negative number none; at most 255. It needs a device. A program that sends
	// frames itself learns about the change from bond.Bond.Watch.
	RejoinCount int

	// Device, if not nil, is the source and the sink of the bond's frames; Send and Receive
	// can't be used then. The bond closes it. The plane of package user needs a [link.Device].
	Device link.Face

	// Plane carries the members' data. Nil means the plane of package user, which takes every
	// frame through this process. With a plane.None the bond speaks LACP and carries no data;
	// the caller decides what to use the members for. A plane serves one bond, which closes
	// it.
	Plane plane.Plane

	// Logger gets one record for each change of a member or of the bond, from a separate
	// goroutine. A Logger that blocks does not delay the bond but misses records. Nil means no
	// log.
	Logger *slog.Logger

	// Trace, if not nil, is called for each transition of a LACP machine, on the
	// bond's control goroutine. It must not call the bond.
	Trace func(lacp.Transition)
}

// MaxLinks is how many links a bond can have.
const MaxLinks = 256
