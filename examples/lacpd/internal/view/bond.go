// Package view holds the status of lacpd as its socket reports it. The JSON keys are stable.
package view

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Status describes all bonds of lacpd.
type Status struct {
	Bonds   []Bond   `json:"bonds"`
	Pending *Pending `json:"pending,omitempty"` // a change that waits for its confirmation
}

// Bond describes one bond of the file, running or not.
type Bond struct {
	Name           string       `json:"name"`
	Running        bool         `json:"running"` // false if it could not be opened, see fault
	Up             bool         `json:"up"`
	Since          time.Time    `json:"since"`
	Mode           string       `json:"mode"`
	Active         bool         `json:"active"`
	ActiveMember   string       `json:"active_member"` // of FAILOVER; empty without one
	Rate           string       `json:"rate"`
	Hash           string       `json:"hash"`
	MTU            int          `json:"mtu"`
	SpeedMbps      uint32       `json:"speed_mbps"` // of the members in use; 0 if unknown
	MinLinks       int          `json:"min_links"`
	MAC            string       `json:"mac"`
	SystemPriority uint16       `json:"system_priority"`
	System         lacp.MAC     `json:"system"`
	Partner        *Partner     `json:"partner"`    // null without one
	Aggregator     *Aggregator  `json:"aggregator"` // null if none carries the bond
	Balance        *Balance     `json:"balance"`    // null unless balance_interval is set
	Counters       BondCounters `json:"counters"`
	Members        []Member     `json:"members"`
	Device         Device       `json:"device"`
	DataPlane      DataPlane    `json:"data_plane"`
	Missing        []Missing    `json:"missing"` // ports of the file that are not in the bond
	Fault          *Fault       `json:"fault"`   // null if the bond matches the file
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

// Aggregator describes the aggregator that carries the bond.
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

// The names of what can carry the frames of a bond.
const (
	PlaneUser = "user" // this process
	PlaneEBPF = "ebpf" // programs in the kernel
)

// DataPlane is what carries a bond's frames, and why.
type DataPlane struct {
	Name string `json:"name"`
	Why  string `json:"why"` // empty if the file names it
}

// Carrying returns how many members carry data.
func (b *Bond) Carrying() (n int) {
	for i := range b.Members {
		if b.Members[i].CarriesData {
			n++
		}
	}
	return n
}
