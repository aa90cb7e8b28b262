package handing

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/lacp"
)

// Read reads the state of a bond that was handed over for a configuration, and puts what the bond
// had there into the configuration.
func Read(cfg *config.OpenConfig) (*Bond, error) {
	s := new(Bond)
	if err := json.Unmarshal(cfg.Handed.State, s); err != nil {
		return nil, fmt.Errorf("bond: read what was handed over: %w", err)
	}
	switch {
	case s.Version != Version:
		return nil, allowed.Refuse("Handed", "version "+strconv.Itoa(s.Version), "version "+strconv.Itoa(Version))
	case s.Name != cfg.Name:
		return nil, allowed.Refuse("Name", cfg.Name, s.Name+", as that of the bond that was handed over")
	case s.Mode != cfg.Mode:
		return nil, allowed.Refuse("Mode", cfg.Mode.String(), s.Mode.String()+", as that of the bond that was handed over")
	case cfg.NoDevice != (s.Device == nil):
		return nil, allowed.Refuse("NoDevice", strconv.FormatBool(cfg.NoDevice), "as that of the bond that was handed over")
	case len(s.Members) > config.MaxLinks:
		return nil, allowed.Refuse("Handed", strconv.Itoa(len(s.Members))+" members", "at most "+strconv.Itoa(config.MaxLinks))
	case !link.IsIndividual(s.Addr) || !link.IsIndividual(s.System):
		return nil, allowed.Refuse("Handed", "MAC addresses "+s.Addr.String()+" and "+s.System.String(), allowed.Individual)
	}
	cfg.HardwareAddr, cfg.MTU, cfg.Addresses, cfg.Routes, cfg.Description = s.Addr, s.MTU, s.Addresses, s.Routes, s.Description
	var err error
	cfg.Restore, err = s.saved()
	return s, err
}

// saved returns the protocol state; nil without one.
func (s *Bond) saved() (*lacp.Saved, error) {
	if len(s.LACP) == 0 {
		return nil, nil
	}
	saved := new(lacp.Saved)
	if err := saved.UnmarshalBinary(s.LACP); err != nil {
		return nil, fmt.Errorf("bond: read what was handed over: %w", err)
	}
	return saved, nil
}
