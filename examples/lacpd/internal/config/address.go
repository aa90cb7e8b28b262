package config

import (
	"net/netip"
)

// readAddress adds one address of the device to c, or returns what is allowed.
func readAddress(c *Bond, s string, at Position) (refused string) {
	p, refused := parseAddress(s)
	if refused == "" {
		c.Addresses, c.at.addresses = append(c.Addresses, p), append(c.at.addresses, at)
	}
	return refused
}

// parseAddress reads an address of a host, or returns what is allowed.
func parseAddress(s string) (p netip.Prefix, refused string) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, "an IP address with prefix length, such as 192.0.2.1/24 or 2001:db8::1/64"
	}
	if why := unusableAddress(p); why != "" {
		return p, "an address that one host can have; this " + why
	}
	return p, ""
}

// unusableAddress returns why a host can't have an address; empty means it can.
func unusableAddress(p netip.Prefix) string {
	a := p.Addr()
	// A prefix of two addresses (RFC 3021, RFC 6164) or of one has neither a
	// network nor a broadcast address.
	shared := p.Bits() < a.BitLen()-1
	switch {
	case a.Is4In6():
		return "is an IPv4 address written as IPv6"
	case a.IsUnspecified():
		return "is no address at all"
	case a.IsLoopback():
		return "is a loopback address"
	case a.IsMulticast():
		return "is a multicast address"
	case p.Bits() == 0:
		return "has prefix length 0, which makes every address a neighbour"
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "is the broadcast address"
	case shared && a == p.Masked().Addr() && a.Is4():
		return "is the address of the network " + p.Masked().String()
	case shared && a == p.Masked().Addr():
		return "is the address of all routers of " + p.Masked().String()
	case shared && a.Is4() && a == lastAddress(p):
		return "is the broadcast address of " + p.Masked().String()
	}
	return ""
}

// lastAddress returns the highest address of an IPv4 network.
func lastAddress(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(b)
}
