// Package handing is the state of a bond on its way from one process to another: its layout, its
// checks, and how its links and its device are opened again.
package handing

import (
	"encoding/json"
	"net"
	"net/netip"
	"slices"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/mode"
)

// Version is the version of the layout.
const Version = 1

// Bond is the state of a bond on its way.
type Bond struct {
	Version     int              `json:"version"`
	Name        string           `json:"name"`
	Mode        config.Mode      `json:"mode"`
	Addr        net.HardwareAddr `json:"addr"`
	System      net.HardwareAddr `json:"system"`
	Provisional bool             `json:"provisional,omitempty"` // Addr is used until the first member brings its own
	MTU         int              `json:"mtu"`
	Addresses   []netip.Prefix   `json:"addresses,omitempty"`
	Routes      []link.Route     `json:"routes,omitempty"`
	Description string           `json:"description,omitempty"`
	LACP        []byte           `json:"lacp,omitempty"` // a lacp.Saved
	Gates       mode.Gates       `json:"gates,omitempty"`
	Enough      bool             `json:"enough,omitempty"`  // MinLinks was reached
	Buckets     []uint16         `json:"buckets,omitempty"` // of the last plan
	Members     []Member         `json:"members"`           // by id
	Device      *Part            `json:"device,omitempty"`
	Carrier     bool             `json:"carrier,omitempty"` // that the device shows
	Speed       uint32           `json:"speed,omitempty"`   // the same
	DeviceMTU   int              `json:"device_mtu,omitempty"`
}

// Member is a member, or a place that is reserved for one.
type Member struct {
	Name    string           `json:"name"`
	Link    *Part            `json:"link,omitempty"`    // nil: the interface is no member now
	Wanted  bool             `json:"wanted,omitempty"`  // the bond waits for the interface
	Drained bool             `json:"drained,omitempty"` // by Drain
	Up      bool             `json:"up,omitempty"`      // its link was in use, so no delay applies
	Carries bool             `json:"carries,omitempty"` // it carried data
	Addr    net.HardwareAddr `json:"addr,omitempty"`    // as set under MACActive
	MTU     int              `json:"mtu,omitempty"`     // that its interface should have
}

// Part is a link or the device.
type Part struct {
	State json.RawMessage `json:"state"`
	From  int             `json:"from"` // its first descriptor
	Count int             `json:"count"`
}

// Reserve adds a place for an interface that the bond waits for, unless it has one.
func (s *Bond) Reserve(name string) {
	if !slices.ContainsFunc(s.Members, func(m Member) bool { return m.Name == name }) {
		s.Members = append(s.Members, Member{Name: name, Wanted: true})
	}
}
