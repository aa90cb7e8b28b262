package ebpf

import (
	"errors"
	"fmt"
)

// The programs and maps of a bond are pinned, so they go on by themselves while the bond goes from one
// process to the next.

// Pause implements plane.Pauser. Frames go on through the kernel. Only a plane with [Config.Pins]
// can be handed over.
func (p *Plane) Pause() error {
	if p.cfg.Pins == "" {
		return fmt.Errorf("bond: pause a data plane that is not pinned: %w", errors.ErrUnsupported)
	}
	if p.maps == nil {
		p.heir, p.keep = true, true
	}
	return nil
}

// Resume implements plane.Pauser.
func (p *Plane) Resume() { p.keep, p.heir = false, false }
