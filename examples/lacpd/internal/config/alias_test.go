package config

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

// TestForeignSpellingsMeanTheSame checks that a bond in the words of another program is the same as
// one in ours.
func TestForeignSpellingsMeanTheSame(t *testing.T) {
	const head = "bonds:\n- name: bond0\n  "
	for _, tt := range []struct{ name, ours, theirs string }{
		{"Linux", "ports: [e0, e1]\n  protocol: LACP\n  lacpdu_rate: FAST\n  xmit_hash_policy: LAYER3+4\n  updelay: 200\n  min_links: 1\n  lacp_active: true\n  system_priority: 9",
			"slaves: e0 e1\n  mode: 802.3ad\n  lacp_rate: fast\n  xmit_hash_policy: layer3+4\n  updelay: 200\n  min_links: 1\n  lacp_active: on\n  ad_actor_sys_prio: 9"},
		{"Linux, numbers", "ports: [e0, e1]\n  protocol: FAILOVER\n  primary: e1\n  primary_reselect: FAILURE\n  announce_count: 2\n  announce_interval: 500",
			"slaves: e0 e1\n  mode: 1\n  primary: e1\n  primary_reselect: 2\n  num_grat_arp: 2\n  peer_notif_delay: 500"},
		{"netplan", "ports: [e0, e1]\n  protocol: LACP\n  lacpdu_rate: FAST\n  xmit_hash_policy: LAYER3+4\n  updelay: 200\n  downdelay: 100\n  addresses: [192.0.2.1/24]",
			"interfaces: [e0, e1]\n  mode: 802.3ad\n  lacp-rate: fast\n  transmit-hash-policy: layer3+4\n  up-delay: 200\n  down-delay: 100\n  addresses: [192.0.2.1/24]"},
		{"systemd-networkd", "ports: [e0]\n  protocol: LOADBALANCE\n  xmit_hash_policy: VLAN+SRCMAC\n  mtu: 9000\n  min_links: 1\n  description: uplink",
			"ports: [e0]\n  Mode: balance-xor\n  TransmitHashPolicy: vlan+srcmac\n  MTUBytes: 9000\n  MinLinks: 1\n  Description: uplink"},
		{"ifupdown", "ports: [e0, e1]\n  protocol: ROUNDROBIN\n  packets_per_port: 4\n  downdelay: 200\n  addresses: [192.0.2.1/24]",
			"bond-slaves: e0 e1\n  bond-mode: balance-rr\n  bond-packets-per-slave: 4\n  bond-downdelay: 200\n  address: 192.0.2.1/24"},
		{"TrueNAS", "ports: [e0, e1]\n  protocol: LACP\n  xmit_hash_policy: LAYER2+3\n  lacpdu_rate: SLOW\n  mtu: 9000",
			"lag_ports: [e0, e1]\n  lag_protocol: LACP\n  xmit_hash_policy: LAYER2+3\n  lacpdu_rate: SLOW\n  mtu: 9000"},
	} {
		ours, theirs := Parse("f", []byte(head+tt.ours+"\n")), Parse("f", []byte(head+tt.theirs+"\n"))
		if len(ours.Problems)+len(theirs.Problems) > 0 {
			t.Errorf("%s: problems %+v, %+v, want none", tt.name, ours.Problems, theirs.Problems)
			continue
		}
		if a, b := maps.Keys(ours.Bonds[0].at.keys), maps.Keys(theirs.Bonds[0].at.keys); !slices.Equal(slices.Sorted(a), slices.Sorted(b)) {
			t.Errorf("%s: keys %q, want %q", tt.name, slices.Sorted(b), slices.Sorted(a))
		}
		ours.Bonds[0].at, theirs.Bonds[0].at = positions{}, positions{}
		if !reflect.DeepEqual(ours.Bonds, theirs.Bonds) {
			t.Errorf("%s: got %+v, want %+v", tt.name, theirs.Bonds, ours.Bonds)
		}
	}
}

// TestSpellingsOfOneKeyAreOneOption checks that no spelling means two options, or means one option
// and is near another.
func TestSpellingsOfOneKeyAreOneOption(t *testing.T) {
	seen := make(map[string]string)
	for i := range options {
		o := &options[i]
		for _, key := range slices.Concat([]string{o.key}, o.aliases, o.foreign) {
			if other, ok := seen[bare(key)]; ok {
				t.Errorf("%q means %s and %s", key, other, o.key)
			}
			if unneeded[bare(key)] != nil {
				t.Errorf("%q means %s and is a key without counterpart", key, o.key)
			}
			seen[bare(key)] = o.key
		}
	}
}
