package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
)

// TestForeignFilesAreAnsweredBOX37 checks that lacpd answers each line of another program's file
// with its own words.
func TestForeignFilesAreAnsweredBOX37(t *testing.T) {
	const dhcp = "unknown key: leave it out: run a DHCP client on the bond's device"
	const want = `; lacpd wants YAML with a list "bonds", each with name and ports`
	for _, tt := range []struct{ name, text, want string }{
		{"netplan", "network:\n  version: 2\n  bonds:\n    bond0:\n      interfaces: [e0, e1]\n",
			`f:1: network: unknown key: a netplan file has it; lacpd wants a list "bonds", each with name and ports`},
		{"netplan's bonds", "bonds:\n  bond0:\n    interfaces: [e0, e1]\n    parameters: {mode: 802.3ad, lacp-rate: fast}\n",
			`f:2: bonds: a mapping: allowed: a list of one or more bonds, each with name and ports: instead of "bond0:" write "- name: bond0"`},
		{"netplan's keys", "bonds:\n- name: bond0\n  interfaces: [e0, e1]\n  mode: 802.3ad\n  lacp-rate: fast\n  transmit-hash-policy: layer3+4\n" +
			"  mii-monitor-interval: 100\n  dhcp4: true\n  macaddress: a2:b2:c3:d4:e5:c6\n  parameters: {mode: 802.3ad}\n",
			"f:3: interfaces: unknown key: did you mean ports?\n" +
				"f:4: mode: unknown key: did you mean protocol?\n" +
				"f:5: lacp-rate: unknown key: did you mean lacpdu_rate?\n" +
				"f:6: transmit-hash-policy: unknown key: did you mean xmit_hash_policy?\n" +
				"f:7: mii-monitor-interval: unknown key: leave it out: the kernel reports a lost carrier at once\n" +
				"f:8: dhcp4: " + dhcp + "\n" +
				"f:9: macaddress: unknown key: leave it out: the bond has the MAC address of its first port\n" +
				"f:10: parameters: unknown key: put its keys into the bond itself, next to name and ports"},
		{"TrueNAS", "bonds:\n- name: bond1\n  type: LINK_AGGREGATION\n  lag_protocol: LACP\n  lag_ports: [e0, e1]\n  xmit_hash_policy: LAYER2+3\n" +
			"  lacpdu_rate: SLOW\n  mtu: 9000\n  ipv4_dhcp: false\n  aliases: [{type: INET, address: 192.0.2.5, netmask: 24}]\n",
			"f:3: type: unknown key: leave it out: every entry of the list is a bond\n" +
				"f:4: lag_protocol: unknown key: did you mean protocol?\n" +
				"f:5: lag_ports: unknown key: did you mean ports?\n" +
				"f:9: ipv4_dhcp: " + dhcp + "\n" +
				"f:10: aliases: unknown key: did you mean addresses?"},
		{"MikroTik", "bonds:\n- name: b\n  slaves: e0,e1\n  lacpdu_rate: 1sec\n  xmit_hash_policy: layer-3-and-4\n  min-links: 1\n  link-monitoring: mii\n",
			"f:3: slaves: unknown key: did you mean ports?\n" +
				"f:4: lacpdu_rate: 1sec: allowed: SLOW or FAST; did you mean FAST?\n" +
				"f:5: xmit_hash_policy: layer-3-and-4: allowed: LAYER2, LAYER2+3, LAYER3+4, ENCAP2+3, ENCAP3+4, VLAN+SRCMAC or FLOW; did you mean LAYER3+4?\n" +
				"f:6: min-links: unknown key: did you mean min_links?\n" +
				"f:7: link-monitoring: unknown key: leave it out: the kernel reports a lost carrier at once"},
		{"MikroTik's export", "/interface bonding\nadd mode=802.3ad name=bond0 slaves=ether1,ether2\n",
			`f:1: file: "/interface bonding add mode=802.3ad name=bond0 slaves=ether1...": it looks like an export of RouterOS` + want},
		{"bonding's options", "bonds:\n- name: b\n  ports: [e0]\n  mode: 4\n  miimon: 100\n  lacp_rate: 1\n  ad_select: BANDWITH\n  num_grat_arp: 1\n  updelay: 0\n", //nolint:misspell // a mistake to point out
			"f:4: mode: unknown key: did you mean protocol?\n" +
				"f:5: miimon: unknown key: leave it out: the kernel reports a lost carrier at once\n" +
				"f:6: lacp_rate: unknown key: did you mean lacpdu_rate?\n" +
				"f:7: ad_select: BANDWITH: allowed: stable, bandwidth, count or port-priority; did you mean bandwidth?\n" + //nolint:misspell // the same
				"f:8: num_grat_arp: unknown key: did you mean announce_count?"},
		{"systemd-networkd", "[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=802.3ad\n",
			`f:1: file: [NetDev]: it looks like a file of systemd-networkd` + want},
		{"systemd-networkd's keys", "bonds:\n- name: b\n  ports: [e0]\n  Mode: 802.3ad\n  LACPTransmitRate: fast\n  TransmitHashPolicy: layer3+4\n  MIIMonitorSec: 1s\n  MinLinks: 1\n  AdSelect: count\n",
			"f:4: Mode: unknown key: did you mean protocol?\n" +
				"f:5: LACPTransmitRate: unknown key: did you mean lacpdu_rate?\n" +
				"f:6: TransmitHashPolicy: unknown key: did you mean xmit_hash_policy?\n" +
				"f:7: MIIMonitorSec: unknown key: leave it out: the kernel reports a lost carrier at once\n" +
				"f:8: MinLinks: unknown key: did you mean min_links?\n" +
				"f:9: AdSelect: unknown key: did you mean ad_select?"},
		{"ifupdown", "auto bond0\niface bond0 inet static\n  bond-slaves eth0 eth1\n",
			`f:1: file: "auto bond0 iface bond0 inet static bond-slaves eth0 eth1": it looks like a file of ifupdown` + want},
		{"misspelt", "bond:\n- name: b\n  ports: [e0]\n", "f:1: bond: unknown key: did you mean bonds?"},
		{"misspelt keys", "bonds:\n- name: b\n  port: [e0]\n  adresses: []\n  lacpdu_rates: SLOW\n  MTU: 1500\n",
			"f:3: port: unknown key: did you mean ports?\nf:4: adresses: unknown key: did you mean addresses?\n" +
				"f:5: lacpdu_rates: unknown key: did you mean lacpdu_rate?\nf:6: MTU: unknown key: did you mean mtu?"},
		{"other words for values", "bonds:\n- {name: a, ports: [e0], protocol: static, lacp_active: on}\n- {name: b, ports: [e1], lacp_active: yes, lacp_fallback: off}\n",
			"f:2: protocol: static: allowed: LACP, FAILOVER, LOADBALANCE, ROUNDROBIN, RANDOM, BROADCAST, SLB or NONE; did you mean LOADBALANCE?\n" +
				"f:2: lacp_active: on: allowed: true or false; did you mean true?\n" +
				"f:3: lacp_active: yes: allowed: true or false; did you mean true?\n" +
				"f:3: lacp_fallback: off: allowed: none, one or all; did you mean none?"},
		{"anchors", "x: &d\n  lacpdu_rate: FAST\nbonds:\n- <<: *d\n  name: b\n  ports: [e0]\n",
			"f:1: file: an anchor, alias or merge key: write the values out: lacpd reads no & * <<\n" +
				`f:1: x: unknown key: the only key here is "bonds"` + "\n" +
				"f:4: file: an anchor, alias or merge key: write the values out: lacpd reads no & * <<"},
	} {
		_, err := parsed(tt.text)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\ngot\n%v\nwant\n%s", tt.name, err, tt.want)
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
		{"protocol: FAILOVER\n  lacpdu_rate: FAST", "f:5: warning: lacpdu_rate: without effect: only protocol LACP uses it, this bond's is FAILOVER"},
		{"primary: e0", "f:4: warning: primary: without effect: only protocol FAILOVER uses it, this bond's is LACP"},
		{"xmit_hash_policy: LAYER2\n  protocol: BROADCAST", "f:4: warning: xmit_hash_policy: without effect: only protocol LACP or LOADBALANCE uses it, this bond's is BROADCAST"},
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
		if f := Parse("f", []byte("bonds:\n- name: b\n  ports: [e0, e1]\n  "+o.key+": "+o.standard+"\n")); f.Refused() != nil {
			t.Errorf("%s: default %s: %v", o.key, o.standard, f.Refused())
		}
	}
}
