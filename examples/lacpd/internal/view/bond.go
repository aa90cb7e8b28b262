// Package view holds the status of lacpd as its socket reports it. The JSON keys are stable.
package view

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Status describes all bonds of lacpd.
type Status struct {
	Bonds   []Bond   `json:"bonds"`
	Pending *Pending `json:"pending"` // null unless a change waits for its confirmation
	Chassis *Chassis `json:"chassis"` // null unless this box is one of a group
}

// Bond describes one bond of the file, running or not.
type Bond struct {
	Name         string       `json:"name"`
	Running      bool         `json:"running"` // false if it could not be opened, see fault
	Up           bool         `json:"up"`
	Since        time.Time    `json:"since"` // of up
	Cause        string       `json:"cause"` // why it is up or down, in words
	Mode         string       `json:"mode"`
	Active       bool         `json:"active"`
	ActiveMember string       `json:"active_member"` // of FAILOVER; empty without one
	Rate         string       `json:"rate"`
	Hash         string       `json:"hash"`
	MTU          int          `json:"mtu"`
	SpeedMbps    uint32       `json:"speed_mbps"` // of the members in use; 0 if unknown
	MinLinks     int          `json:"min_links"`
	MAC          string       `json:"mac"`
	Settings     Settings     `json:"settings"`
	Partner      *Partner     `json:"partner"`    // null without one
	Aggregator   *Aggregator  `json:"aggregator"` // null if none carries the bond
	Balance      *Balance     `json:"balance"`    // null unless balance_interval is set
	Counters     BondCounters `json:"counters"`
	Members      []Member     `json:"members"`
	Carriage
	Fault *Fault `json:"fault"` // null if the bond matches the file
	SystemID
	Absent
}

// Carriage is where a bond's frames go: the device of the host, what passes them, and which box may.
type Carriage struct {
	Device    Device    `json:"device"`
	DataPlane DataPlane `json:"data_plane"`
	LAG       *LAG      `json:"lag"` // null unless several boxes show the partner this LAG
}

// SystemID is the LACP System Identifier of a bond.
type SystemID struct {
	SystemPriority uint16   `json:"system_priority"`
	System         lacp.MAC `json:"system"`
}

// Absent lists the ports that are not in a bond, or no longer.
type Absent struct {
	Missing []Missing `json:"missing"` // ports of the file that are not in the bond
	Removed []Removed `json:"removed"` // members that were taken out while lacpd runs, the last 16
}

// Settings are those of the file that other fields do not show.
type Settings struct {
	Description      string `json:"description"`
	UpDelay          int    `json:"updelay"`   // in milliseconds
	DownDelay        int    `json:"downdelay"` // in milliseconds
	Select           string `json:"ad_select"`
	MaxLinks         int    `json:"max_links"` // 0: no limit
	Fallback         string `json:"lacp_fallback"`
	AdminDown        bool   `json:"admin_down"`
	Primary          string `json:"primary"` // of FAILOVER; empty without one
	Reselect         string `json:"primary_reselect"`
	MACPolicy        string `json:"mac_policy"`        // ALL or ACTIVE
	AnnounceInterval int    `json:"announce_interval"` // in milliseconds
	Watchdog         string `json:"watchdog"`          // on, off or failed; on takes the links down if lacpd dies
}

// Balance describes the work of balance_interval.
type Balance struct {
	Interval int        `json:"interval"` // in seconds
	Moved    uint64     `json:"moved"`    // buckets of flows, since the bond was opened
	Last     *time.Time `json:"last"`     // when buckets last moved; null: never
}

// Device describes the device of the host.
type Device struct {
	Name   string    `json:"name"`  // the current one
	State  string    `json:"state"` // up, down, missing or none
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"` // why it is down or missing
}

// Missing describes a port of the file that is not in the bond.
type Missing struct {
	Name  string    `json:"name"`
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
}

// Removed describes a member that was taken out of the bond.
type Removed struct {
	Name     string    `json:"name"`
	Since    time.Time `json:"since"` // when it was first seen to be gone
	Counters Counters  `json:"counters"`
}

// Fault explains why a bond does not match the file.
type Fault struct {
	Error   string    `json:"error"`
	Since   time.Time `json:"since"`
	NextTry time.Time `json:"next_try"`
}

// Partner describes the other end of the LAG that carries the bond.
type Partner struct {
	SystemPriority uint16   `json:"system_priority"`
	System         lacp.MAC `json:"system"`
	Key            lacp.Key `json:"key"`
}

// Aggregator describes the aggregator that carries the bond. Aggregators are the groups of links
// that could carry data together.
type Aggregator struct {
	ID           int               `json:"id"`
	Key          lacp.Key          `json:"key"`
	Individual   bool              `json:"individual"`
	Ports        []lacp.PortNumber `json:"ports"`
	Distributing int               `json:"distributing"`
	LAGID        string            `json:"lag_id"`
}

// BondCounters count the frames that no member was charged with; see bond.BondCounters.
type BondCounters struct {
	TxNoMember    uint64 `json:"tx_no_member"`
	TxTooLong     uint64 `json:"tx_too_long"`
	TxInvalid     uint64 `json:"tx_invalid"`
	RxDropped     uint64 `json:"rx_dropped"`
	TxHeld        uint64 `json:"tx_held"`
	TxHoldDropped uint64 `json:"tx_hold_dropped"`
	RxMalformed   uint64 `json:"rx_malformed"`

	RxOtherStation uint64 `json:"rx_other_station"`
	RxReflected    uint64 `json:"rx_reflected"`
}

// DataPlane is what carries a bond's frames, and why.
type DataPlane struct {
	Name string `json:"name"` // a value of the key data_plane, apart from auto; empty: the bond is not open
	Why  string `json:"why"`  // empty if the file names it
}

// planeUser is the data plane of lacpd's own process.
const planeUser = "user"

// InKernel reports whether the kernel carries the frames.
func (d DataPlane) InKernel() bool { return d.Name != "" && d.Name != planeUser }

// Carrying returns how many members carry data.
func (b *Bond) Carrying() (n int) {
	for i := range b.Members {
		if b.Members[i].CarriesData {
			n++
		}
	}
	return n
}

// Bond returns a bond by its name, or nil.
func (s *Status) Bond(name string) *Bond {
	for i := range s.Bonds {
		if s.Bonds[i].Name == name {
			return &s.Bonds[i]
		}
	}
	return nil
}

// Member returns a member by its name, or nil. It also returns nil for a nil Bond.
func (b *Bond) Member(name string) *Member {
	if b == nil {
		return nil
	}
	for i := range b.Members {
		if b.Members[i].Name == name {
			return &b.Members[i]
		}
	}
	return nil
}
