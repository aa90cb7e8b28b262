package bond

import (
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// Status is a snapshot of a bond.
type Status struct {
	Name         string
	Mode         Mode
	HardwareAddr net.HardwareAddr
	MTU          int
	Hash         hash.Policy
	Rate         Rate
	Passive      bool

	Speed  uint32 // sum of the speeds of the members in use, in Mb/s; in ModeBroadcast the lowest; 0: unknown
	Device DeviceStatus

	Balance BalanceStatus

	Permission Permission // the newest; the zero value if the bond needs none

	Up    bool      // at least one member carries data
	Since time.Time // of the last change of Up

	System     lacp.SystemID         // the bond's own
	Active     string                // ModeFailover: the member in use; empty: none
	Aggregator lacp.AggregatorStatus // the bond's; its ID is 0 if the bond has no aggregator
	Candidates []lacp.Candidate      // the LAGs that the bond could use, best first by LACPConfig.Policy
	Counters   BondCounters
	Former     Counters // the sum of the counters of members that have left
	Members    []MemberStatus
	Missing    []MissingMember // interfaces that the bond waits for
}

// BalanceStatus describes the work of [Config.Balance].
type BalanceStatus struct {
	Interval time.Duration // how often the load is checked; 0: never
	Moved    uint64        // buckets of flows moved since the bond was made
	Last     time.Time     // when buckets last moved; zero: never
}

// MemberStatus is a snapshot of one member.
type MemberStatus struct {
	ID           int // its place in the bond, from 0
	Name         string
	Added        time.Time        // when it became a member; its counters started then
	HardwareAddr net.HardwareAddr // its own
	Link         link.State
	Carries      bool        // data is sent on it
	Reason       lacp.Reason // why it carries data or not; a member with MTUMismatch does carry data
	Hold         Hold        // what the bond itself adds to the mode's decision
	Counters     Counters
	LACP         lacp.PortStatus
}
