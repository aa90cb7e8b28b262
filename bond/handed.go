package bond

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// HandedVersion is the version of what [Bond.Pause] returns. A successor takes only its own
// version, so it asks for the version before it asks for the bond.
const HandedVersion = 1

// handedBond is the state of a bond on its way.
type handedBond struct {
	Version     int              `json:"version"`
	Name        string           `json:"name"`
	Mode        Mode             `json:"mode"`
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
	Members     []handedMember   `json:"members"`           // by id
	Device      *handedPart      `json:"device,omitempty"`
	Carrier     bool             `json:"carrier,omitempty"` // that the device shows
	Speed       uint32           `json:"speed,omitempty"`   // the same
	DeviceMTU   int              `json:"device_mtu,omitempty"`
}

// handedMember is a member, or a place that is reserved for one.
type handedMember struct {
	Name    string           `json:"name"`
	Link    *handedPart      `json:"link,omitempty"`    // nil: the interface is no member now
	Wanted  bool             `json:"wanted,omitempty"`  // the bond waits for the interface
	Drained bool             `json:"drained,omitempty"` // by Drain
	Up      bool             `json:"up,omitempty"`      // its link was in use, so no delay applies
	Carries bool             `json:"carries,omitempty"` // it carried data
	Addr    net.HardwareAddr `json:"addr,omitempty"`    // as set under MACActive
	MTU     int              `json:"mtu,omitempty"`     // that its interface should have
}

// handedPart is a link or the device.
type handedPart struct {
	State json.RawMessage `json:"state"`
	From  int             `json:"from"` // its first descriptor
	Count int             `json:"count"`
}

// addPart adds what a link or the device hands over.
func addPart(to *Handed, l link.Hander) (*handedPart, error) {
	h, err := l.Hand()
	if err != nil {
		return nil, err
	}
	p := &handedPart{State: h.State, From: len(to.Files), Count: len(h.Files)}
	to.Files = append(to.Files, h.Files...)
	return p, nil
}

// of returns a part of what was handed over.
func (p *handedPart) of(h *Handed) (*link.Handed, error) {
	if p.From < 0 || p.Count < 0 || p.From > len(h.Files) || p.Count > len(h.Files)-p.From {
		return nil, allowed.Refuse("Handed", strconv.Itoa(len(h.Files))+" descriptors", "those that Pause returned, in this order")
	}
	return &link.Handed{State: p.State, Files: h.Files[p.From : p.From+p.Count]}, nil
}

// readHanded reads the state of a bond for a configuration.
func readHanded(cfg *OpenConfig) (*handedBond, error) {
	s := new(handedBond)
	if err := json.Unmarshal(cfg.Handed.State, s); err != nil {
		return nil, fmt.Errorf("bond: read what was handed over: %w", err)
	}
	switch {
	case s.Version != HandedVersion:
		return nil, allowed.Refuse("Handed", "version "+strconv.Itoa(s.Version), "version "+strconv.Itoa(HandedVersion))
	case s.Name != cfg.Name:
		return nil, allowed.Refuse("Name", cfg.Name, s.Name+", as that of the bond that was handed over")
	case s.Mode != cfg.Mode:
		return nil, allowed.Refuse("Mode", cfg.Mode.String(), s.Mode.String()+", as that of the bond that was handed over")
	case cfg.NoDevice != (s.Device == nil):
		return nil, allowed.Refuse("NoDevice", strconv.FormatBool(cfg.NoDevice), "as that of the bond that was handed over")
	case len(s.Members) > maxLinks:
		return nil, allowed.Refuse("Handed", strconv.Itoa(len(s.Members))+" members", "at most "+strconv.Itoa(maxLinks))
	case !link.IsIndividual(s.Addr) || !link.IsIndividual(s.System):
		return nil, allowed.Refuse("Handed", "MAC addresses "+s.Addr.String()+" and "+s.System.String(), allowed.Individual)
	}
	return s, nil
}

// saved returns the protocol state; nil without one.
func (s *handedBond) saved() (*lacp.Saved, error) {
	if len(s.LACP) == 0 {
		return nil, nil
	}
	saved := new(lacp.Saved)
	if err := saved.UnmarshalBinary(s.LACP); err != nil {
		return nil, fmt.Errorf("bond: read what was handed over: %w", err)
	}
	return saved, nil
}

// pausing is whether the bond is paused.
type pausing struct {
	use     sync.Mutex    // held by Pause, Resume and Release
	resumed chan struct{} // closed by Resume or Release; nil: not paused
	members []*member     // that are paused
	heir    *handedBond   // the bond came from another process and has not run here; nil otherwise

	// Of control, or of Resume as long as control does not run:
	quiet    bool // the first plans of a bond from another process: its stations were announced there
	released bool // the bond is another process's
}
