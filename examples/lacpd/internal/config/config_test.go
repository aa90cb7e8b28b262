package config

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

// parsed returns the bonds of a text, and an error with all problems but warnings.
func parsed(text string) ([]Bond, error) {
	f := Parse("f", []byte(text))
	return f.Bonds, f.Refused()
}

func TestConfigDefaultsAndValues(t *testing.T) {
	f, err := Load("../../testdata/lacpd.yaml")
	if err != nil || len(f.Problems) > 0 {
		t.Fatal(err, f.Problems)
	}
	got := f.Bonds
	for i := range got {
		got[i].at.keys = nil
	}
	want := []Bond{
		{
			Name: "bond0", Description: "uplink to the core switch", Mode: bond.ModeLACP,
			Ports: []string{"eth1", "eth2"}, Hash: hash.Layer23, MTU: 1500,
			Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24"), netip.MustParsePrefix("2001:db8::10/64")},
			at:        positions{bond: Position{4, 5}, ports: []Position{{7, 13}, {7, 19}}, addresses: []Position{{13, 9}, {14, 9}}},
		},
		{
			Name: "bond1", Ports: []string{"eth3", "eth4"}, Hash: hash.Layer34, MTU: 9000,
			LACP: LACP{Passive: true, Rate: bond.RateFast},
			at:   positions{bond: Position{15, 5}, ports: []Position{{17, 9}, {18, 9}}},
		},
	}
	for i := range got {
		got[i].at.source = nil
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestConfigOfOnlyNameAndPorts(t *testing.T) {
	got, err := parsed("bonds:\n- name: b\n  ports: [eth1]\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []Bond{{Name: "b", Ports: []string{"eth1"}, MTU: 1500,
		at: positions{bond: Position{2, 3}, keys: map[string]Position{"name": {2, 3}, "ports": {3, 3}}, ports: []Position{{3, 11}}}}}
	for i := range got {
		got[i].at.source = nil
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestConfigTakesEveryMode(t *testing.T) {
	for text, want := range map[string]bond.Mode{
		"LACP": bond.ModeLACP, "failover": bond.ModeFailover, "balance-xor": bond.ModeLoadBalance, "0": bond.ModeRoundRobin,
		"Broadcast": bond.ModeBroadcast, "NONE": bond.ModeNone,
	} {
		got, err := parsed("bonds:\n- name: b\n  ports: [eth1]\n  protocol: " + text + "\n")
		if err != nil || len(got) != 1 || got[0].Mode != want {
			t.Errorf("%s: got %+v, error %v", text, got, err)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	// head is lines 1 to 3.
	const head = "bonds:\n  - name: bond0\n    ports: [eth1, eth2]\n"
	const unknown = "unknown key: a bond has no such key, lacpd help keys lists them"
	const policies = "allowed: LAYER2, LAYER2+3, LAYER3+4, ENCAP2+3, ENCAP3+4, VLAN+SRCMAC or FLOW"
	const list = "allowed: a list of one or more bonds, each with name and ports"
	const names = "allowed: 1 to 15 printable ASCII characters without space, / : %"
	for _, tt := range []struct{ yaml, want string }{
		{"", `f:1:1: bonds: missing: allowed: one document with a list "bonds"`},
		{"# nothing\n", `f:1:1: bonds: missing: allowed: one document with a list "bonds"`},
		{"- a\n", `f:1:1: file: a list: allowed: one document with a list "bonds"`},
		{"bonds:\n", "f:1:8: bonds: no value: " + list},
		{"bonds: []\n", "f:1:8: bonds: an empty list: " + list},
		{"bonds:\n  name: bond0\n", `f:2:3: bonds: a mapping: ` + list + `: put "- " before its first key`},
		{"bonds:\n  - bond0\n", "f:2:5: bonds: bond0: allowed: a bond with name and ports"},
		{"bonds:\n  - name: bond0\n", "f:2:5: ports: missing: allowed: each bond has name and ports"},
		{"bonds:\n  - ports: [eth1]\n", "f:2:5: name: missing: allowed: each bond has name and ports"},
		{head + "---\n" + head, `f:5:1: document: a second one: allowed: one document with a list "bonds"`},
		{head + "colours: []\n", `f:4:1: colours: unknown key: the keys here are "bonds" and "chassis"`},
		{head + "    colour: red\n", "f:4:5: colour: " + unknown},
		{head + "    mtu: 1500\n    mtu: 9000\n", "f:5:5: mtu: duplicate key, first on line 4: allowed: each key once"},
		{head + "bonds: []\n", "f:4:1: bonds: duplicate key, first on line 1: allowed: each key once"},
		{head + "    protocol: MAGIC\n", "f:4:15: protocol: MAGIC: allowed: LACP, FAILOVER, LOADBALANCE, ROUNDROBIN, RANDOM, BROADCAST, SLB or NONE"},
		{head + "    lacp_active: maybe\n", "f:4:18: lacp_active: maybe: allowed: true or false"},
		{head + "    lacpdu_rate: MEDIUM\n", "f:4:18: lacpdu_rate: MEDIUM: allowed: SLOW or FAST"},
		{head + "    lacpdu_rate:\n", "f:4:18: lacpdu_rate: no value: allowed: SLOW or FAST"},
		{head + "    xmit_hash_policy: random\n", "f:4:23: xmit_hash_policy: random: " + policies},
		{head + "    mtu: 1491\n", "f:4:10: mtu: 1491: allowed: 1492 to 9216"},
		{head + "    mtu: 9217\n", "f:4:10: mtu: 9217: allowed: 1492 to 9216"},
		{head + "    mtu: 1500.5\n", "f:4:10: mtu: 1500.5: allowed: 1492 to 9216"},
		{head + "    mtu: [1500]\n", "f:4:10: mtu: a list: allowed: 1492 to 9216"},
		{head + "    mtu: !!int 1500\n", "f:4:10: mtu: a tag: allowed: 1492 to 9216"},
		{head + "    addresses: {}\n", "f:4:16: addresses: a mapping: allowed: a list of addresses such as [192.0.2.1/24]"},
		{head + "    addresses:\n      - 192.0.2.1/24\n      - 192.0.2.1/16\n", "f:6:9: addresses: 192.0.2.1/16: allowed: each address once, it is given on line 5"},
		{"bonds:\n  - name: a bond\n    ports: [eth1]\n", `f:2:11: name: "a bond": ` + names},
		{"bonds:\n  - name: bond%d\n    ports: [eth1]\n", `f:2:11: name: bond%d: ` + names},
		{"bonds:\n  - name: sixteen-letters-\n    ports: [eth1]\n", `f:2:11: name: sixteen-letters-: ` + names},
		{"bonds:\n  - name: bond0\n    ports: []\n", "f:3:12: ports: an empty list: allowed: a list of one or more interfaces, such as [eth1, eth2]"},
		{"bonds:\n  - name: bond0\n    ports: [eth1, eth1]\n", "f:3:19: ports: eth1: allowed: each interface once, it is a port on line 3"},
		{"bonds:\n  - name: bond0\n    ports: [eth1, bond0]\n", "f:3:19: ports: bond0: allowed: an interface other than the bond itself"},
		{head + "  - name: bond0\n    ports: [eth3]\n", "f:4:5: name: bond0: allowed: each name once, it is taken on line 2"},
		{head + "  - name: bond1\n    ports:\n      - eth3\n      - eth2\n", "f:7:9: ports: eth2: allowed: each interface once, it is a port on line 3"},
		{head + "  - name: bond1\n    ports: [bond0]\n", "f:5:13: ports: bond0: allowed: an Ethernet interface, no bond"},
		{head + "    min_links: 3\n", "f:4:5: min_links: 3: allowed: at most the number of ports, 2"},
		{head + "    min_links: 2\n    max_links: 1\n", "f:4:5: min_links: 2: allowed: at most max_links, 1"},
		{head + "    min_links: 2\n    protocol: FAILOVER\n", "f:4:5: min_links: 2: allowed: at most 1: FAILOVER uses one link at a time"},
		{head + "    port_priority: {eth1: 1, eth3: 2}\n", "f:4:30: port_priority: eth3: allowed: the bond's ports"},
		{head + "    port_priority: {eth1: high}\n", `f:4:21: port_priority: "eth1: high": allowed: 1 to 65535 for each port, such as {eth1: 100}`},
		{head + "    port_priority: 100\n", "f:4:20: port_priority: 100: allowed: 1 to 65535 for each port, such as {eth1: 100}"},
		{head + "    protocol: FAILOVER\n    primary: eth3\n", "f:5:5: primary: eth3: allowed: one of the bond's ports"},
	} {
		_, err := parsed(tt.yaml)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q:\ngot  %v\nwant %s", tt.yaml, err, tt.want)
		}
	}
}

func TestConfigListsAllProblemsInTheirOrder(t *testing.T) {
	_, err := parsed("bonds:\n  - name: bond0\n    ports: [eth/9]\n    mtu: 1\n  - name: bond1\n    colour: red\n    ports: []\n")
	want := strings.Join([]string{
		"f:3:13: ports: eth/9: allowed: 1 to 127 printable ASCII characters without space or /",
		"f:4:10: mtu: 1: allowed: 1492 to 9216",
		"f:6:5: colour: unknown key: a bond has no such key, lacpd help keys lists them",
		"f:7:12: ports: an empty list: allowed: a list of one or more interfaces, such as [eth1, eth2]",
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestColumnsCountCharacters checks the place of a value after other letters than ASCII, with each
// kind of line end and a byte order mark.
func TestColumnsCountCharacters(t *testing.T) {
	const text = "bonds:\n- {name: b, description: Stra\u00dfe \u2192 \U0001F310, ports: [a, a/b], mtu: 1}\n"
	const want = "f:2:49: ports: a/b: allowed: " + PortRule + "\nf:2:60: mtu: 1: allowed: 1492 to 9216"
	for _, text := range []string{text, "\ufeff" + text, strings.ReplaceAll(text, "\n", "\r\n"), strings.ReplaceAll(text, "\n", "\r")} {
		if _, err := parsed(text); err == nil || err.Error() != want {
			t.Errorf("%q:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

func TestConfigSyntaxErrorHasItsLine(t *testing.T) {
	_, err := parsed("bonds:\n  - name: bond0\n    ports: [eth1\n    mtu: }\n")
	var fe *Error
	if !errors.As(err, &fe) || len(fe.Problems) != 1 || fe.Problems[0].Field != "YAML" || fe.Problems[0].At.Line < 2 {
		t.Errorf("error is %v, want one of field YAML after line 1", err)
	}
}

func TestConfigOfTooLargeAFile(t *testing.T) {
	name := t.TempDir() + "/f"
	if err := os.WriteFile(name, make([]byte, maxSize+1), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	const want = "more than 262144 octets"
	if err := f.Refused(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want %q", err, want)
	}
}

func FuzzConfig(f *testing.F) {
	b, err := os.ReadFile("../../testdata/lacpd.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		f := Parse("f", b)
		if f.Refused() == nil && len(f.Bonds) == 0 {
			t.Errorf("%q: no bonds and no error, want one of them", b)
		}
	})
}
