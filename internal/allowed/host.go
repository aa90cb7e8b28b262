package allowed

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/bond/link"
)

// checkAddrs checks the MAC addresses.
func checkAddrs(c *config.Config) error {
	for _, a := range []struct {
		field string
		addr  net.HardwareAddr
	}{{"HardwareAddr", c.HardwareAddr}, {"SystemAddr", c.SystemAddr}} {
		if a.addr != nil && !link.IsIndividual(a.addr) {
			return Refuse(a.field, a.addr.String(), Individual)
		}
	}
	return nil
}

// Individual is what is allowed for a MAC address.
const Individual = "an individual MAC address other than zero"

// checkHost checks the routes and the remark of the device.
func checkHost(c *config.Config) error {
	for i, r := range c.Routes {
		var le *link.Error
		if errors.As(r.Check(), &le) {
			return Refuse("Routes", le.Value, le.Allowed)
		}
		if slices.ContainsFunc(c.Routes[:i], func(o link.Route) bool { return o.Destination == r.Destination && o.Metric == r.Metric }) {
			return Refuse("Routes", r.String(), "one route for each destination and metric")
		}
	}
	const longest = 255 // IFALIASZ without its terminator
	unprintable := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if d := c.Description; len(d) > longest || strings.ContainsFunc(d, unprintable) {
		return Refuse("Description", strconv.Quote(d), "printable text of at most "+strconv.Itoa(longest)+" octets")
	}
	return nil
}
