package config

import (
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond"
)

// TestReplacingARunningBondHasToBeAsked checks which changes of a file are refused while bonds run,
// and that allow_replace permits them.
func TestReplacingARunningBondHasToBeAsked(t *testing.T) {
	running := []Running{
		{Name: "bond0", Mode: bond.ModeLACP, Ports: []string{"eth1", "enp1s0", "eth2"}},
		{Name: "bond1", Mode: bond.ModeFailover, Ports: []string{"eth3"}},
	}
	const ask = ": set allow_replace: true for this bond to replace it, which stops its traffic for a moment"
	const other = "\n- {name: bond1, ports: [eth3], protocol: FAILOVER}"
	for _, tt := range []struct{ text, want string }{
		{"{name: bond0, ports: [eth1, eth2]}" + other, ""},
		{"{name: bond0, ports: [eth1, eth4], mtu: 9000}" + other, ""},
		{"{name: bond0, ports: [eth1, eth2]}", ""},                                   // bond1 is removed
		{"{name: bond0, ports: [eth1]}\n- {name: bond2, ports: [eth2]}" + other, ""}, // a port moves to a new bond
		{"{name: bond0, ports: [eth1, eth2, eth3]}", ""},
		{"{name: bond0, ports: [eth1], protocol: FAILOVER}" + other, "f:2:32: protocol: FAILOVER: allowed: LACP, the protocol of the running bond" + ask},
		{"{name: bond0, ports: [eth1], protocol: FAILOVER, allow_replace: true}" + other, ""},
		{"{name: bond0, ports: [eth1]}\n- {name: bond1, ports: [eth3]}", "f:3:4: protocol: LACP: allowed: FAILOVER, the protocol of the running bond" + ask},
		{"{name: lag0, ports: [eth4, eth2]}" + other, "f:2:4: name: lag0: allowed: bond0, the name of the running bond with port eth2" + ask},
		{"{name: lag0, ports: [enp1s0]}" + other, "f:2:4: name: lag0: allowed: bond0, the name of the running bond with port enp1s0" + ask},
		{"{name: lag0, ports: [eth1, eth2], allow_replace: true}" + other, ""},
		{"{name: lag0, ports: [eth5]}", ""},
	} {
		f := Parse("f", []byte("bonds:\n- "+tt.text+"\n"))
		f.RefuseReplaced(running)
		got := strings.Join((&Error{"f", f.Problems}).Lines(), "\n")
		if got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.text, got, tt.want)
		}
	}
}
