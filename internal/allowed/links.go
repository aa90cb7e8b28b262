package allowed

import (
	"slices"
	"strconv"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/link"
)

// Links rejects links that can't form a bond, and settings that name others. A bond without an address of its own needs
// a link to take one from. Of missing links only the name is known.
func Links(c *config.Config, links []link.Port, missing func(link.Port) bool) error {
	if n := len(links); n > config.MaxLinks || n == 0 && c.HardwareAddr == nil {
		return Refuse("links", strconv.Itoa(n)+" links", "1 to "+strconv.Itoa(config.MaxLinks))
	}
	var names []string
	for _, l := range links {
		if l == nil {
			return Refuse("links", "nil", "links")
		}
		if slices.Contains(names, l.Name()) {
			return Refuse("links", l.Name(), "each link once")
		}
		names = append(names, l.Name())
		if missing(l) {
			continue
		}
		if err := Link(l); err != nil {
			return err
		}
	}
	return Names(c, names)
}

// Link rejects a link without an Individual MAC address.
func Link(l link.Port) error {
	if a := l.HardwareAddr(); !link.IsIndividual(a) {
		return Refuse("links", l.Name()+" with address "+a.String(), Individual)
	}
	return nil
}
