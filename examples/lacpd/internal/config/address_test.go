package config

import (
	"fmt"
	"testing"
)

func TestAddressesNoHostCanHaveAreRefusedBOX37(t *testing.T) {
	const needs = "an IP address with prefix length, such as 192.0.2.1/24 or 2001:db8::1/64"
	const can = "an address that one host can have; this "
	for _, tt := range []struct{ address, want string }{
		{"192.0.2.0/24", can + "is the address of the network 192.0.2.0/24"},
		{"192.0.2.255/24", can + "is the broadcast address of 192.0.2.0/24"},
		{"10.1.255.255/15", can + "is the broadcast address of 10.0.0.0/15"},
		{"2001:db8::/64", can + "is the address of all routers of 2001:db8::/64"},
		{"127.0.0.1/8", can + "is a loopback address"},
		{"::1/128", can + "is a loopback address"},
		{"10.0.0.1/0", can + "has prefix length 0, which makes every address a neighbour"},
		{"2001:db8::1/0", can + "has prefix length 0, which makes every address a neighbour"},
		{"0.0.0.0/8", can + "is no address at all"},
		{"::/64", can + "is no address at all"},
		{"224.0.0.1/24", can + "is a multicast address"},
		{"ff02::1/64", can + "is a multicast address"},
		{"255.255.255.255/32", can + "is the broadcast address"},
		{"::ffff:192.0.2.1/120", can + "is an IPv4 address written as IPv6"},
		{"192.0.2.1", needs},
		{"192.0.2.1/33", needs},
		{"192.0.2.1/255.255.255.0", needs},
		{"fe80::1%eth0/64", needs},
		{"dhcp", needs},
		// Addresses that a host can have.
		{"192.0.2.1/24", ""},
		{"192.0.2.8/31", ""},
		{"192.0.2.9/31", ""},
		{"192.0.2.0/32", ""},
		{"192.0.2.255/32", ""},
		{"192.0.2.255/16", ""},
		{"169.254.1.1/16", ""},
		{"240.0.0.1/4", ""},
		{"2001:db8::1/64", ""},
		{"2001:db8::/127", ""},
		{"2001:db8::/128", ""},
		{"fe80::1/64", ""},
	} {
		var c Bond
		got := readAddress(&c, tt.address, Position{Line: 1})
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.address, got, tt.want)
		}
		if taken := len(c.Addresses) == 1 && fmt.Sprint(c.Addresses[0]) == tt.address; taken != (tt.want == "") {
			t.Errorf("%s: accepted as %v, want it refused", tt.address, c.Addresses)
		}
	}
}
