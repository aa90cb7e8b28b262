package allowed

import (
	"maps"
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/bond/config"
)

// Clone replaces the lists and maps of a configuration with copies, so that whoever changes them
// changes only this one.
func Clone(c *config.Config) {
	c.Addresses, c.Announce, c.Routes = slices.Clone(c.Addresses), slices.Clone(c.Announce), slices.Clone(c.Routes)
	c.HardwareAddr, c.SystemAddr = slices.Clone(c.HardwareAddr), slices.Clone(c.SystemAddr)
	cloneMaps(c)
}

func cloneMaps(c *config.Config) {
	c.Priorities, c.PortPriority = maps.Clone(c.Priorities), maps.Clone(c.PortPriority)
	c.Keys, c.Rates, c.Weights = maps.Clone(c.Keys), maps.Clone(c.Rates), maps.Clone(c.Weights)
}

// Change is [Config] for a configuration that is to replace another one while the bond runs. It
// rejects changes of what is fixed by then, and puts Logger and Trace back. If another program set
// the MTU before on the device, it may be one that Config does not allow.
func Change(before, c *config.Config) error {
	switch {
	case c.Name != before.Name:
		return Refuse("Name", c.Name, before.Name+": it is fixed while the bond runs")
	case c.Device != before.Device:
		return Refuse("Device", "another", "the same while the bond runs")
	case c.Plane != before.Plane:
		return Refuse("Plane", "another", "the same while the bond runs")
	case c.NeedsPermission != before.NeedsPermission:
		return Refuse("NeedsPermission", strconv.FormatBool(c.NeedsPermission), "the same while the bond runs")
	}
	c.Logger, c.Trace = before.Logger, before.Trace
	if mtu := c.MTU; mtu == before.MTU {
		c.MTU = config.DefaultMTU
		defer func() { c.MTU = mtu }()
	}
	if err := Config(c); err != nil {
		return err
	}
	if c.HardwareAddr == nil {
		return Refuse("HardwareAddr", "", Individual)
	}
	return nil
}
