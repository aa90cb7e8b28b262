package main

import (
	"errors"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
)

// testHost has four Ethernet interfaces, a loopback and a tunnel.
var testHost = host{
	linkType: func(name string) (int, bool, error) {
		switch name {
		case "eth1", "eth2", "eth3", "eth4":
			return ethernet, false, nil
		case "lo":
			return 772, true, nil
		case "tun0":
			return 65534, false, nil
		case "odd0":
			return 0, false, errors.New("permission denied")
		}
		return 0, false, errNoInterface
	},
}

func TestConfigDefaultsAndValues(t *testing.T) {
	got, err := loadConfig("testdata/lacpd.yaml", testHost)
	if err != nil {
		t.Fatal(err)
	}
	want := []bondConfig{
		{
			Name: "bond0", Description: "uplink to the core switch", Mode: bond.ModeLACP,
			Ports: []string{"eth1", "eth2"}, Rate: bond.RateSlow, Hash: hash.Layer23, MTU: 1500,
			Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24"), netip.MustParsePrefix("2001:db8::10/64")},
			at:        positions{bond: 4, name: 4, ports: []int{7, 7}, addresses: []int{13, 14}},
		},
		{
			Name: "bond1", Ports: []string{"eth3", "eth4"}, Passive: true, Rate: bond.RateFast,
			Hash: hash.Layer34, MTU: 9000,
			at: positions{bond: 15, name: 15, ports: []int{17, 18}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestConfigOfOnlyNameAndPorts(t *testing.T) {
	got, err := parseConfig("f", []byte("bonds:\n- name: b\n  ports: [eth1]\n"), testHost)
	if err != nil {
		t.Fatal(err)
	}
	want := []bondConfig{{Name: "b", Ports: []string{"eth1"}, MTU: 1500, at: positions{bond: 2, name: 2, ports: []int{3}}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestConfigTakesEveryMode(t *testing.T) {
	for text, want := range map[string]bond.Mode{
		"LACP": bond.ModeLACP, "failover": bond.ModeFailover, "balance-xor": bond.ModeLoadBalance, "0": bond.ModeRoundRobin,
		"Broadcast": bond.ModeBroadcast, "NONE": bond.ModeNone,
	} {
		got, err := parseConfig("f", []byte("bonds:\n- name: b\n  ports: [eth1]\n  protocol: "+text+"\n"), testHost)
		if err != nil || len(got) != 1 || got[0].Mode != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	// head is lines 1 to 3.
	const head = "bonds:\n  - name: bond0\n    ports: [eth1, eth2]\n"
	const keys = "allowed: name, description, protocol, ports, lacp_active, lacpdu_rate, xmit_hash_policy, mtu, addresses, min_links, max_links, ad_select, lacp_fallback, lacp_fallback_timeout, primary, updelay, downdelay, coupled_control, aggregate_wait"
	for _, tt := range []struct{ yaml, want string }{
		{"", `f:1: bonds: missing: allowed: one document with a list "bonds"`},
		{"# nothing\n", `f:1: bonds: missing: allowed: one document with a list "bonds"`},
		{"- a\n", `f:1: file: a list: allowed: one document with a list "bonds"`},
		{"bonds:\n", "f:1: bonds: no value: allowed: a list of one or more bonds"},
		{"bonds: []\n", "f:1: bonds: an empty list: allowed: a list of one or more bonds"},
		{"bonds:\n  name: bond0\n", "f:2: bonds: a mapping: allowed: a list of one or more bonds"},
		{"bonds:\n  - bond0\n", "f:2: bonds: bond0: allowed: a bond with name and ports"},
		{"bonds:\n  - name: bond0\n", "f:2: ports: missing: allowed: each bond has name and ports"},
		{"bonds:\n  - ports: [eth1]\n", "f:2: name: missing: allowed: each bond has name and ports"},
		{head + "---\n" + head, `f:5: document: a second one: allowed: one document with a list "bonds"`},
		{head + "ports: []\n", "f:4: ports: unknown key: allowed: bonds"},
		{head + "    colour: red\n", "f:4: colour: unknown key: " + keys},
		{head + "    <<: {mtu: 1500}\n", "f:4: <<: unknown key: " + keys},
		{head + "    mtu: 1500\n    mtu: 9000\n", "f:5: mtu: duplicate key, first on line 4: allowed: each key once"},
		{head + "bonds: []\n", "f:4: bonds: duplicate key, first on line 1: allowed: each key once"},
		{head + "    protocol: STATIC\n", "f:4: protocol: STATIC: allowed: LACP, FAILOVER, LOADBALANCE, ROUNDROBIN, BROADCAST or NONE"},
		{head + "    lacp_active: maybe\n", "f:4: lacp_active: maybe: allowed: true or false"},
		{head + "    lacp_active: yes\n", "f:4: lacp_active: yes: allowed: true or false"},
		{head + "    lacpdu_rate: MEDIUM\n", "f:4: lacpdu_rate: MEDIUM: allowed: SLOW or FAST"},
		{head + "    lacpdu_rate:\n", "f:4: lacpdu_rate: no value: allowed: SLOW or FAST"},
		{head + "    xmit_hash_policy: layer7\n", "f:4: xmit_hash_policy: layer7: allowed: LAYER2, LAYER2+3, LAYER3+4, ENCAP2+3, ENCAP3+4, VLAN+SRCMAC or FLOW"},
		{head + "    mtu: 1491\n", "f:4: mtu: 1491: allowed: 1492 to 9216"},
		{head + "    mtu: 9217\n", "f:4: mtu: 9217: allowed: 1492 to 9216"},
		{head + "    mtu: 1500.5\n", "f:4: mtu: 1500.5: allowed: 1492 to 9216"},
		{head + "    mtu: [1500]\n", "f:4: mtu: a list: allowed: 1492 to 9216"},
		{head + "    mtu: &m 1500\n", "f:4: mtu: an anchor, alias or tag: allowed: 1492 to 9216"},
		{head + "    addresses: 192.0.2.1/24\n", "f:4: addresses: 192.0.2.1/24: allowed: a list of addresses such as 192.0.2.1/24"},
		{head + "    addresses: [192.0.2.1]\n", "f:4: addresses: 192.0.2.1: allowed: an individual IP address with prefix length, such as 192.0.2.1/24 or 2001:db8::1/64"},
		{head + "    addresses: [224.0.0.1/24]\n", "f:4: addresses: 224.0.0.1/24: allowed: an individual IP address with prefix length, such as 192.0.2.1/24 or 2001:db8::1/64"},
		{head + "    addresses:\n      - 192.0.2.1/24\n      - 192.0.2.1/16\n", "f:6: addresses: 192.0.2.1/16: allowed: each address once, it is given on line 5"},
		{"bonds:\n  - name: a bond\n    ports: [eth1]\n", `f:2: name: "a bond": allowed: 1 to 15 printable ASCII characters without space, / : %`},
		{"bonds:\n  - name: bond%d\n    ports: [eth1]\n", `f:2: name: bond%d: allowed: 1 to 15 printable ASCII characters without space, / : %`},
		{"bonds:\n  - name: sixteen-letters-\n    ports: [eth1]\n", `f:2: name: sixteen-letters-: allowed: 1 to 15 printable ASCII characters without space, / : %`},
		{"bonds:\n  - name: bond0\n    ports: []\n", "f:3: ports: an empty list: allowed: a list of one or more interfaces"},
		{"bonds:\n  - name: bond0\n    ports: [eth1, eth9]\n", "f:3: ports: eth9: allowed: an interface that exists"},
		{"bonds:\n  - name: bond0\n    ports: [eth1, eth1]\n", "f:3: ports: eth1: allowed: each interface once, it is a port on line 3"},
		{"bonds:\n  - name: bond0\n    ports: [eth1, bond0]\n", "f:3: ports: bond0: allowed: an interface other than the bond itself"},
		{"bonds:\n  - name: bond0\n    ports: [lo]\n", "f:3: ports: lo: allowed: an Ethernet interface, not the loopback"},
		{"bonds:\n  - name: bond0\n    ports: [tun0]\n", "f:3: ports: tun0: allowed: an Ethernet interface, this one is of hardware type 65534"},
		{"bonds:\n  - name: bond0\n    ports: [odd0]\n", "f:3: ports: odd0: allowed: an interface that can be looked up (permission denied)"},
		{head + "  - name: bond0\n    ports: [eth3]\n", "f:4: name: bond0: allowed: each name once, it is taken on line 2"},
		{head + "  - name: bond1\n    ports:\n      - eth3\n      - eth2\n", "f:7: ports: eth2: allowed: each interface once, it is a port on line 3"},
		{head + "  - name: bond1\n    ports: [bond0]\n", "f:5: ports: bond0: allowed: an Ethernet interface, no bond"},
	} {
		_, err := parseConfig("f", []byte(tt.yaml), testHost)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q:\ngot  %v\nwant %s", tt.yaml, err, tt.want)
		}
	}
}

func TestConfigListsAllProblemsInTheirOrder(t *testing.T) {
	_, err := parseConfig("f", []byte("bonds:\n  - name: bond0\n    ports: [eth9]\n    mtu: 1\n  - name: bond1\n    colour: red\n    ports: [lo]\n"), testHost)
	want := strings.Join([]string{
		"f:3: ports: eth9: allowed: an interface that exists",
		"f:4: mtu: 1: allowed: 1492 to 9216",
		"f:6: colour: unknown key: allowed: name, description, protocol, ports, lacp_active, lacpdu_rate, xmit_hash_policy, mtu, addresses, min_links, max_links, ad_select, lacp_fallback, lacp_fallback_timeout, primary, updelay, downdelay, coupled_control, aggregate_wait",
		"f:7: ports: lo: allowed: an Ethernet interface, not the loopback",
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestConfigSyntaxErrorHasItsLine(t *testing.T) {
	_, err := parseConfig("f", []byte("bonds:\n  - name: bond0\n    ports: [eth1\n    mtu: }\n"), testHost)
	var fe *fileError
	if !errors.As(err, &fe) || len(fe.problems) != 1 || fe.problems[0].field != "YAML" || fe.problems[0].line < 2 {
		t.Errorf("error is %v", err)
	}
}

func TestConfigOfTooLargeAFile(t *testing.T) {
	name := t.TempDir() + "/f"
	if err := os.WriteFile(name, make([]byte, maxConfig+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadConfig(name, testHost); err == nil || !strings.Contains(err.Error(), "more than 1048576 octets") {
		t.Errorf("error is %v", err)
	}
}

func FuzzConfig(f *testing.F) {
	b, err := os.ReadFile("testdata/lacpd.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		bonds, err := parseConfig("f", b, testHost)
		if (err == nil) != (len(bonds) > 0) {
			t.Errorf("%d bonds, error %v", len(bonds), err)
		}
	})
}
