package link

import (
	"fmt"
	"net/netip"
)

// Route is a route of the host over a [Face], in its main table.
type Route struct {
	// Destination is the network; 0.0.0.0/0 and ::/0 are the default routes.
	Destination netip.Prefix

	// Gateway is the router of that network. It must be reachable through the interface. The zero
	// value means that the network is directly reachable.
	Gateway netip.Addr

	// Metric orders routes to the same destination; the lowest is preferred. 0 means the kernel's
	// default, which is 0 for IPv4 and 1024 for IPv6.
	Metric uint32
}

// String returns the route as ip(8) takes it, such as "198.51.100.0/24 via 192.0.2.254".
func (r Route) String() string {
	s := r.Destination.String()
	if r.Gateway.IsValid() {
		s += " via " + r.Gateway.String()
	}
	if r.Metric != 0 {
		s += fmt.Sprintf(" metric %d", r.Metric)
	}
	return s
}

// Check returns an error if no host can have the route. The cause is an [*Error] with Field
// "Routes".
func (r Route) Check() error {
	refuse := func(allowed string) error {
		return &Error{Op: "set routes", Field: "Routes", Value: r.String(), Allowed: allowed}
	}
	d := r.Destination
	switch {
	case !d.IsValid():
		return refuse("a destination with prefix length")
	case d != d.Masked():
		return refuse("the network " + d.Masked().String())
	case d.Addr().IsMulticast():
		return refuse("a destination that is no multicast address")
	case !r.Gateway.IsValid():
		return nil
	case r.Gateway.Is4() != d.Addr().Is4():
		return refuse("a gateway of the destination's address family")
	case r.Gateway.Zone() != "" || r.Gateway.IsUnspecified() || r.Gateway.IsMulticast() || r.Gateway.IsLoopback() || r.Gateway.Is4In6():
		return refuse("a gateway that is the address of a router")
	}
	return nil
}
