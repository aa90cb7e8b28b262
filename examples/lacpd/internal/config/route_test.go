package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond"
)

// TestRoutes checks each way to write gateway and routes, and the routes that the device gets.
func TestRoutes(t *testing.T) {
	const head = "bonds:\n- name: b\n  ports: [e0]\n  addresses: [192.0.2.1/24, \"2001:db8::1/64\"]\n"
	for _, tt := range []struct{ text, want string }{
		{"  gateway: 192.0.2.254\n", "0.0.0.0/0 via 192.0.2.254"},
		{"  gateway: [192.0.2.254, \"2001:db8::2\"]\n", "0.0.0.0/0 via 192.0.2.254; ::/0 via 2001:db8::2"},
		{"  gateway: fe80::1\n", "::/0 via fe80::1"},
		{"  routes: 198.51.100.0/24 via 192.0.2.254\n", "198.51.100.0/24 via 192.0.2.254"},
		{"  routes: [198.51.100.0/24 via 192.0.2.254, default via 192.0.2.253 metric 100]\n", "198.51.100.0/24 via 192.0.2.254; 0.0.0.0/0 via 192.0.2.253 metric 100"},
		{"  routes:\n  - to: 2001:db8:1::/48\n    via: 2001:db8::2\n  - {to: default, via: 192.0.2.9, metric: 7}\n", "2001:db8:1::/48 via 2001:db8::2; 0.0.0.0/0 via 192.0.2.9 metric 7"},
		{"  routes:\n  - 203.0.113.0/24\n  - 198.51.100.0/24 via 203.0.113.7\n", "203.0.113.0/24; 198.51.100.0/24 via 203.0.113.7"},
		{"  gateway: 192.0.2.254\n  routes: [default via 192.0.2.253 metric 100]\n", "0.0.0.0/0 via 192.0.2.254; 0.0.0.0/0 via 192.0.2.253 metric 100"},
	} {
		f := Parse("f", []byte(head+tt.text))
		if len(f.Problems) > 0 {
			t.Errorf("%q: problems %v, want none", tt.text, (&Error{"f", f.Problems}).Lines())
			continue
		}
		var c bond.Config
		f.Bonds[0].Apply(&c)
		var got []string
		for _, r := range c.Routes {
			got = append(got, fmt.Sprint(r))
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("%q: routes %q, want %q", tt.text, got, tt.want)
		}
	}
	const router = "allowed: " + routerAllowed
	for _, tt := range []struct{ text, want string }{
		{"  gateway: router\n", "f:5:12: gateway: router: " + router},
		{"  gateway: 192.0.2.254/24\n", "f:5:12: gateway: 192.0.2.254/24: " + router},
		{"  gateway: 0.0.0.0\n", "f:5:12: gateway: 0.0.0.0: " + router},
		{"  gateway: [192.0.2.254, 192.0.2.253]\n", "f:5:26: gateway: 192.0.2.253: allowed: one router for IPv4 and one for IPv6"},
		{"  gateway: 203.0.113.1\n", "f:5:12: gateway: 203.0.113.1: allowed: a router in a network of addresses; with DHCP, the DHCP client sets the routes"},
		{"  gateway: 192.0.2.1\n", "f:5:12: gateway: 192.0.2.1: allowed: the address of a router, not of the device itself"},
		{"  gateway4: 192.0.2.254\n", "f:5:3: gateway4: unknown key: did you mean gateway?"},
		{"  routes: [192.0.2.9]\n", "f:5:12: routes: 192.0.2.9: allowed: " + routesAllowed},
		{"  routes: [default]\n", "f:5:12: routes: default: allowed: " + routesAllowed},
		{"  routes: [198.51.100.0/24 via]\n", `f:5:12: routes: "198.51.100.0/24 via": allowed: ` + routesAllowed},
		{"  routes: [198.51.100.0/24 dev eth0]\n", `f:5:12: routes: "dev eth0": allowed: ` + routesAllowed},
		{"  routes:\n  - {to: 198.51.100.0/24, on-link: true}\n", `f:6:6: routes: "on-link true": allowed: ` + routesAllowed},
		{"  routes: [198.51.100.7/24 via 192.0.2.254]\n", `f:5:12: routes: "198.51.100.7/24 via 192.0.2.254": allowed: the network 198.51.100.0/24`},
		{"  routes: [198.51.100.0/24 via 2001:db8::2]\n", `f:5:12: routes: "198.51.100.0/24 via 2001:db8::2": allowed: a network that is no multicast network, and a router of the same address family`},
		{"  gateway: 192.0.2.254\n  routes: [default via 192.0.2.253]\n", `f:6:12: routes: "0.0.0.0/0 via 192.0.2.253": allowed: one route for each network and metric, the other is on line 5`},
		{"  routes: {}\n", "f:5:11: routes: a mapping: allowed: " + routesAllowed},
	} {
		_, err := parsed(head + tt.text)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q:\ngot  %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

// TestKeysOfTheDevice checks mac, description and the keys that only take effect when a bond is
// opened.
func TestKeysOfTheDevice(t *testing.T) {
	got, err := parsed("bonds:\n- name: b\n  ports: [e0]\n  mac: 02:00:00:00:00:09\n  description: uplink, rack 7\n  carrier_poll: 10\n  allow_host_stack: true\n  allow_replace: true\n")
	if err != nil {
		t.Fatal(err)
	}
	c := got[0].OpenConfig()
	if c.HardwareAddr.String() != "02:00:00:00:00:09" || c.Description != "uplink, rack 7" || c.CarrierPoll.Milliseconds() != 10 || !c.AllowHostStack || !got[0].AllowReplace {
		t.Errorf("got %+v, allow_replace %v", c, got[0].AllowReplace)
	}
	// Without the key a running bond keeps its address.
	got, err = parsed("bonds:\n- name: b\n  ports: [e0]\n")
	if err != nil {
		t.Fatal(err)
	}
	running := bond.Config{HardwareAddr: []byte{2, 0, 0, 0, 0, 1}}
	if got[0].Apply(&running); !slices.Equal(running.HardwareAddr, []byte{2, 0, 0, 0, 0, 1}) {
		t.Errorf("a running bond gets the MAC address %v, want its own", running.HardwareAddr)
	}
	for _, line := range []string{"mac: 01:00:00:00:00:01", "mac: 00:00:00:00:00:00", "mac: 02-00", "description: \"a\\nb\"", "description: " + strings.Repeat("x", 256), "carrier_poll: 201"} {
		if _, err := parsed("bonds:\n- name: b\n  ports: [e0]\n  " + line + "\n"); err == nil {
			t.Errorf("%q is accepted, want it refused", line)
		}
	}
}
