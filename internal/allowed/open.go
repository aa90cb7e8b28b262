package allowed

import (
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/link"
)

// Open is [Config] for a bond of interfaces.
func Open(c *config.OpenConfig) error {
	if err := Config(&c.Config); err != nil {
		return err
	}
	if c.Device != nil {
		return Refuse("Device", c.Device.Name(), "none: Open makes it")
	}
	if n := len(c.Interfaces); n > config.MaxLinks {
		return Refuse("Interfaces", strconv.Itoa(n)+" interfaces", "at most "+strconv.Itoa(config.MaxLinks))
	}
	for i, name := range c.Interfaces {
		if slices.Contains(c.Interfaces[:i], name) || name == c.Name {
			return Refuse("Interfaces", name, "each interface once, and not the bond itself")
		}
		if err := Interface(name); err != nil {
			return err
		}
	}
	return nil
}

// Interface rejects strings that can't be the name of an interface.
func Interface(name string) error {
	if name == "" || len(name) > maxInterfaceName {
		return Refuse("Interfaces", name, "names of interfaces, 1 to 127 octets")
	}
	return nil
}

// maxInterfaceName is the longest alternative name of an interface, in octets.
const maxInterfaceName = 127

// Unfinished reports whether frames may reach these links unfinished.
func Unfinished(m config.OffloadMode, links []link.Port) bool {
	switch m {
	case config.OffloadOn:
		return true
	case config.OffloadOff:
		return false
	}
	for _, l := range links {
		if v, ok := l.(link.Virtual); ok && v.Virtual() {
			return false
		}
	}
	return true
}
