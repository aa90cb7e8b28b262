package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
)

// TestForeignFilesAreAnsweredBOX37 checks that lacpd takes or answers each line of another
// program's file.
func TestForeignFilesAreAnsweredBOX37(t *testing.T) {
	const convert = ": lacpd convert prints such a file for lacpd"
	const carrier = ": without effect: leave it out: the kernel reports a lost carrier at once"
	for _, tt := range []struct{ name, text, want string }{
		{"netplan", "network:\n  version: 2\n  bonds:\n    bond0:\n      interfaces: [e0, e1]\n",
			"f:1:1: network: unknown key: a netplan file has it" + convert},
		{"netplan's bonds", "bonds:\n  bond0:\n    interfaces: [e0, e1]\n    parameters: {mode: 802.3ad, lacp-rate: fast}\n",
			`f:2:3: bonds: a mapping: allowed: a list of one or more bonds, each with name and ports: instead of "bond0:" write "- name: bond0"`},
		{"netplan's keys", "bonds:\n- name: bond0\n  mii-monitor-interval: 100\n  dhcp4: true\n  dhcp6: no\n  nameservers: {addresses: [192.0.2.1]}\n" +
			"  interfaces: [e0, e1]\n  parameters: {mode: 802.3ad}\n",
			"f:3:3: warning: mii-monitor-interval" + carrier + "\n" +
				"f:4:3: dhcp4: unknown key: leave it out: run a DHCP client on the bond's device\n" +
				"f:5:3: warning: dhcp6: without effect: leave it out: run a DHCP client on the bond's device\n" +
				"f:6:3: nameservers: unknown key: leave it out: set it on the bond's device once lacpd runs\n" +
				"f:8:3: parameters: unknown key: put its keys into the bond itself, next to name and ports"},
		{"TrueNAS", "bonds:\n- name: bond1\n  type: LINK_AGGREGATION\n  lag_ports: [e0, e1]\n  ipv4_dhcp: false\n" +
			"  aliases: [{type: INET, address: 192.0.2.5, netmask: 24}]\n",
			"f:3:3: warning: type: without effect: leave it out: every entry of the list is a bond\n" +
				"f:5:3: warning: ipv4_dhcp: without effect: leave it out: run a DHCP client on the bond's device\n" +
				"f:6:3: aliases: unknown key: did you mean addresses?"},
		{"MikroTik", "bonds:\n- name: b\n  slaves: e0,e1\n  lacpdu_rate: 1sec\n  xmit_hash_policy: layer-3-and-4\n  min-links: 1\n  link-monitoring: mii\n",
			"f:4:16: lacpdu_rate: 1sec: allowed: SLOW or FAST; did you mean FAST?\n" +
				"f:5:21: xmit_hash_policy: layer-3-and-4: allowed: LAYER2, LAYER2+3, LAYER3+4, ENCAP2+3, ENCAP3+4, VLAN+SRCMAC or FLOW; did you mean LAYER3+4?\n" +
				"f:7:3: warning: link-monitoring" + carrier},
		{"MikroTik's export", "/interface bonding\nadd mode=802.3ad name=bond0 slaves=ether1,ether2\n",
			`f:1:1: file: "/interface bonding add mode=802.3ad name=bond0 slaves=ether1...": it looks like an export of RouterOS; lacpd wants YAML with a list "bonds", each with name and ports`},
		{"bonding's options", "bonds:\n- name: b\n  ports: [e0]\n  fail_over_mac: active\n  ad_select: BANDWITH\n  arp_interval: 200\n  mode: balance-alb\n  packets_per_slave: 0\n", //nolint:misspell // a mistake to point out
			"f:4:3: fail_over_mac: unknown key: did you mean mac_policy?\n" +
				"f:5:14: ad_select: BANDWITH: allowed: stable, bandwidth, count or port-priority; did you mean bandwidth?\n" + //nolint:misspell // the same
				"f:6:3: arp_interval: unknown key: leave it out: lacpd does not watch links by ARP, LACP does it better\n" +
				"f:7:9: mode: balance-alb: allowed: LACP, FAILOVER, LOADBALANCE, ROUNDROBIN, RANDOM, BROADCAST, SLB or NONE; did you mean SLB?\n" +
				"f:8:3: warning: packets_per_port: without effect: only protocol ROUNDROBIN uses it, this bond's is LACP\n" +
				"f:8:22: packets_per_slave: 0: allowed: 1 to 65535"},
		{"systemd-networkd", "[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=802.3ad\n",
			`f:1:1: file: [NetDev]: it looks like a file of systemd-networkd` + convert},
		{"systemd-networkd's keys", "bonds:\n- name: b\n  ports: [e0]\n  UpDelaySec: 1\n  MIIMonitorSec: 1s\n",
			"f:4:3: UpDelaySec: unknown key: did you mean updelay?\n" +
				"f:5:3: warning: MIIMonitorSec" + carrier},
		{"ifupdown", "auto bond0\niface bond0 inet static\n  bond-slaves eth0 eth1\n",
			`f:1:1: file: "auto bond0 iface bond0 inet static bond-slaves eth0 eth1": it looks like a file of ifupdown` + convert},
		{"misspelt", "bond:\n- name: b\n  ports: [e0]\n", "f:1:1: bond: unknown key: did you mean bonds?"},
		{"misspelt keys", "bonds:\n- name: b\n  port: [e0]\n  adresses: []\n  lacpdu_rates: SLOW\n",
			"f:3:3: port: unknown key: did you mean ports?\nf:4:3: adresses: unknown key: did you mean addresses?\n" +
				"f:5:3: lacpdu_rates: unknown key: did you mean lacpdu_rate?"},
		{"other words for values", "bonds:\n- {name: a, ports: [e0], protocol: static, lacp_active: 1}\n- {name: b, ports: [e1], lacp_fallback: off}\n",
			"f:2:36: protocol: static: allowed: LACP, FAILOVER, LOADBALANCE, ROUNDROBIN, RANDOM, BROADCAST, SLB or NONE; did you mean LOADBALANCE?\n" +
				"f:2:57: lacp_active: 1: allowed: true or false; did you mean true?\n" +
				"f:3:41: lacp_fallback: off: allowed: none, one or all; did you mean none?"},
		{"twice", "bonds:\n- name: b\n  ports: [e0]\n  lacp_rate: fast\n  LACPTransmitRate: fast\n  lacpdu_rate: FAST\n",
			"f:5:3: LACPTransmitRate: duplicate key, it means lacpdu_rate as on line 4: allowed: each key once\n" +
				"f:6:3: lacpdu_rate: duplicate key, it means lacpdu_rate as on line 4: allowed: each key once"},
		{"anchors", "x: &d\n  lacpdu_rate: FAST\nbonds:\n- <<: *d\n  name: b\n  ports: [e0]\n",
			"f:1:1: x: unknown key: the keys here are \"bonds\" and \"chassis\"\n" +
				"f:1:4: file: an anchor, alias or merge key: write the values out: lacpd reads no & * <<\n" +
				"f:4:3: file: an anchor, alias or merge key: write the values out: lacpd reads no & * <<"},
	} {
		f := Parse("f", []byte(tt.text))
		if got := (&Error{f.Name, f.Problems}).Error(); got != tt.want {
			t.Errorf("%s:\ngot\n%v\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// TestCorrectFilesAreTakenHoweverTheyAreWrittenBOX37 checks that the notations of editors and
// other programs do not change what a correct file means.
func TestCorrectFilesAreTakenHoweverTheyAreWrittenBOX37(t *testing.T) {
	const text = "bonds:\n- name: bond0\n  ports: [e0, e1]\n  mtu: 9000\n  lacp_active: true\n  xmit_hash_policy: LAYER3+4\n"
	for name, text := range map[string]string{
		"plain":           text,
		"byte order mark": "\xef\xbb\xbf" + text,
		"CRLF":            strings.ReplaceAll(text, "\n", "\r\n"),
		"CR":              strings.ReplaceAll(text, "\n", "\r"),
		"quoted":          "\"bonds\":\n- \"name\": 'bond0'\n  \"ports\": [\"e0\", 'e1']\n  \"mtu\": \"9000\"\n  \"lacp_active\": \"true\"\n  xmit_hash_policy: 'layer3+4'\n",
		"words":           strings.Replace(text, "[e0, e1]", "e0 e1", 1),
		"commas":          strings.Replace(text, "[e0, e1]", `"e0,e1"`, 1),
		"both":            strings.Replace(text, "[e0, e1]", "e0, e1", 1),
		"other case":      strings.Replace(text, "LAYER3+4", "Layer3+4", 1),
		"JSON":            `{"bonds": [{"name": "bond0", "ports": ["e0", "e1"], "mtu": 9000, "lacp_active": true, "xmit_hash_policy": "LAYER3+4"}]}`,
	} {
		f := Parse("f", []byte(text))
		if len(f.Problems) > 0 || len(f.Bonds) != 1 {
			t.Errorf("%s: problems %+v, want none", name, f.Problems)
			continue
		}
		c := f.Bonds[0]
		if c.Name != "bond0" || !slices.Equal(c.Ports, []string{"e0", "e1"}) || c.MTU != 9000 || c.LACP.Passive || c.Hash != hash.Layer34 {
			t.Errorf("%s: got %+v", name, c)
		}
	}
}

// TestKeysWithoutEffectAreNamedBOX37 checks that lacpd warns about a key that the protocol does
// not use, and still uses the file.
func TestKeysWithoutEffectAreNamedBOX37(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"protocol: FAILOVER\n  lacpdu_rate: FAST", "f:5:3: warning: lacpdu_rate: without effect: only protocol LACP uses it, this bond's is FAILOVER"},
		{"primary: e0", "f:4:3: warning: primary: without effect: only protocol FAILOVER uses it, this bond's is LACP"},
		{"xmit_hash_policy: LAYER2\n  protocol: BROADCAST", "f:4:3: warning: xmit_hash_policy: without effect: only protocol LACP or LOADBALANCE uses it, this bond's is BROADCAST"},
		{"protocol: LOADBALANCE\n  xmit_hash_policy: LAYER2", ""},
	} {
		f := Parse("f", []byte("bonds:\n- name: b\n  ports: [e0, e1]\n  "+tt.text+"\n"))
		var got string
		for i := range f.Problems {
			got += f.Problems[i].In("f")
		}
		if got != tt.want || f.Refused() != nil {
			t.Errorf("%q: got %q, want %q; refused: %v", tt.text, got, tt.want, f.Refused())
		}
	}
}

func TestEveryOptionHasAMeaningInSomeMode(t *testing.T) {
	for i := range options {
		o := &options[i]
		if o.help == "" || o.kind.allowed == "" || o.kind.read == nil {
			t.Errorf("%s: help %q, allowed %q", o.key, o.help, o.kind.allowed)
		}
		for _, m := range o.modes {
			if _, err := bond.ParseMode(m.String()); err != nil {
				t.Errorf("%s: mode %v: %v", o.key, m, err)
			}
		}
		// The option accepts its documented default.
		if o.standard == "" {
			continue
		}
		text := "bonds:\n- name: b\n  ports: [e0, e1]\n  " + o.key + ": " + o.standard + "\n"
		if o.key == "lag_restore_delay" {
			text += "  lag_prefer: head-b\n"
		}
		if slices.ContainsFunc(lagOptions, func(l option) bool { return l.key == o.key }) {
			needsEtcd(t)
			text += "  lag: uplink\n" + someGroup
		}
		if f := Parse("f", []byte(text)); f.Refused() != nil {
			t.Errorf("%s: default %s: %v", o.key, o.standard, f.Refused())
		}
	}
}
