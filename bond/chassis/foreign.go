package chassis

import (
	"maps"
	"slices"

	"github.com/lagkit/lagkit/lacp"
)

// foreigner is a Carrier that takes the ports of other chassis into account, such as a [bond.Bond].
type foreigner interface {
	SetForeign([]lacp.Foreign) error
}

// setForeign gives the carrier the ports of the other chassis, if they have changed.
func (a *agreement) setForeign() {
	if a.ports == nil {
		return
	}
	ports := a.foreignPorts()
	if slices.Equal(ports, a.foreign) {
		return
	}
	if err := a.ports.SetForeign(ports); err != nil {
		a.chassis.group.Logger.Warn("ports of other chassis not taken into account", "lag", a.lag, "error", err)
		return
	}
	a.foreign = ports
}

// forget makes the carrier take no ports of other chassis into account any more.
func (a *agreement) forget() {
	if len(a.foreign) > 0 {
		_ = a.ports.SetForeign(nil) // only fails if the carrier was closed
	}
}

// foreignPorts returns the ports of the other chassis. Those with a number that comes twice are a
// difference, and left out.
//
// If one chassis carries the LAG, the links of the others count for no limit: they are not in sync. A
// report that is a second old may still show them in use, so that part of it is left out.
func (a *agreement) foreignPorts() (ports []lacp.Foreign) {
	seen := make(map[lacp.PortNumber]bool)
	for i := range a.own.Ports {
		seen[a.own.Ports[i].Port.Number] = true
	}
	for _, id := range slices.Sorted(maps.Keys(a.others)) {
		for _, f := range a.others[id].Ports {
			if seen[f.Port.Number] {
				continue
			}
			seen[f.Port.Number] = true
			if !a.all {
				f.Usable, f.Attached, f.Distributing, f.FallbackDue = false, false, false, false
			}
			ports = append(ports, f)
		}
	}
	return ports
}
