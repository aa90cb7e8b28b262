package config

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

func TestConfigOfPolicies(t *testing.T) {
	got, err := parsed(strings.Join([]string{"bonds:", "- name: b", "  ports: [eth1, eth2]", "  min_links: 1", "  max_links: 2",
		"  ad_select: bandwidth", "  lacp_fallback: one", "  lacp_fallback_timeout: 90", "  primary: eth2", "  updelay: 200", "  downdelay: 100",
		"  port_priority: {eth2: 100, 'eth1': \"200\"}", "  coupled_control: true", "  aggregate_wait: 500"}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	var c bond.Config
	got[0].Apply(&c)
	if c.MinLinks != 1 || c.LACP.MaxLinks != 2 || c.LACP.Policy != lacp.PolicyBandwidth || c.LACP.Fallback != lacp.FallbackOne ||
		c.LACP.FallbackTimeout != 90*time.Second || c.Primary != "eth2" || c.UpDelay != 200*time.Millisecond || c.DownDelay != 100*time.Millisecond ||
		!maps.Equal(c.PortPriority, map[string]uint16{"eth1": 200, "eth2": 100}) || !c.CoupledControl || c.AggregateWait != 500*time.Millisecond {
		t.Errorf("%+v", c)
	}
	for _, line := range []string{"primary: eth3", "port_priority: {eth3: 1}", "port_priority: {eth1: 0}", "port_priority: {eth1: 65536}", "port_priority: [eth1]", "port_priority: {eth1: [1]}", "port_priority: {eth1: 1, eth1: 2}", "min_links: 3\n  max_links: 2", "ad_select: best", "lacp_fallback: two", "lacp_fallback_timeout: 3601", "updelay: -1", "max_links: 257", "coupled_control: 1", "aggregate_wait: 2001"} {
		if _, err := parsed("bonds:\n- name: b\n  ports: [eth1, eth2]\n  " + line + "\n"); err == nil {
			t.Errorf("%q is accepted, want it refused", line)
		}
	}
}

// TestConfigOfNoWait checks that a wait of 0 in the file means no wait. In bond.Config 0 means
// the standard's 2 s.
func TestConfigOfNoWait(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": -1, "2000": 2 * time.Second} {
		got, err := parsed("bonds:\n- name: b\n  ports: [eth1]\n  aggregate_wait: " + text + "\n")
		if err != nil {
			t.Fatal(err)
		}
		var c bond.Config
		got[0].Apply(&c)
		if c.AggregateWait != want {
			t.Errorf("aggregate_wait %s is %v, want %v", text, c.AggregateWait, want)
		}
	}
}

func TestConfigOfMoreOptions(t *testing.T) {
	got, err := parsed(strings.Join([]string{"bonds:", "- name: b", "  ports: [eth1, eth2]", "  xmit_hash_policy: FLOW", "  min_links: 2", "  min_links_down: 1",
		"  admin_down: true", "  system_mac: 02:00:00:00:00:01", "  system_priority: 9", "  port_base: 500", "  port_key: {eth1: 2}", "  port_rate: {eth2: fast}",
		"  timeout_multiplier: 5", "  wait_to_restore: 60", "  non_revertive: true", "  resilient: false", "  hash_symmetric: true", "  hash_inner: true",
		"  hash_seed: cellar", "  port_weight: {eth2: 4}", "  weight_by_speed: true", "  balance_interval: 15", "  min_bandwidth: 15000", "  announce: [192.0.2.9/24]",
		"  flush_timeout: 0", "  dampening_half_life: 30", "  dampening_suppress: 3000", "  dampening_reuse: 900", "  announce_count: 0", "  announce_interval: 500", "  receive: addressed", "  receive_ring: true", "  hardware_offload: off", "  queues: 4"}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := got[0].OpenConfig()
	if c.MinLinksDown != 1 || !c.AdminDown || c.SystemAddr.String() != "02:00:00:00:00:01" || c.SystemPriority != 9 || c.PortBase != 500 {
		t.Errorf("min_links_down %d, admin_down %v, system %v, priority %d, port_base %d", c.MinLinksDown, c.AdminDown, c.SystemAddr, c.SystemPriority, c.PortBase)
	}
	if !maps.Equal(c.Keys, map[string]lacp.Key{"eth1": 2}) || !maps.Equal(c.Rates, map[string]bond.Rate{"eth2": bond.RateFast}) {
		t.Errorf("keys %v, rates %v", c.Keys, c.Rates)
	}
	if c.LACP.TimeoutMultiplier != 5 || c.LACP.WaitToRestore != time.Minute || !c.LACP.NonRevertive || c.Resilient {
		t.Errorf("%+v, resilient %v", c.LACP, c.Resilient)
	}
	if !maps.Equal(c.Weights, map[string]uint16{"eth2": 4}) || !c.WeightBySpeed || c.Balance != 15*time.Second || c.MinBandwidth != 15000 || c.FlushTimeout != -1 {
		t.Errorf("weights %v, by speed %v, balance %v, bandwidth %d, flush timeout %v", c.Weights, c.WeightBySpeed, c.Balance, c.MinBandwidth, c.FlushTimeout)
	}
	if want := (lacp.Dampening{HalfLife: 30 * time.Second, Suppress: 3000, Reuse: 900}); c.LACP.Dampening != want || !slices.Equal(c.Announce, []netip.Prefix{netip.MustParsePrefix("192.0.2.9/24")}) {
		t.Errorf("dampening %+v, want %+v; announce %v", c.LACP.Dampening, want, c.Announce)
	}
	if o := c.HashOptions; !o.Symmetric || !o.Inner || o.Seed != hash.SeedFrom([]byte("cellar")) {
		t.Errorf("%+v", o)
	}
	if c.AnnounceCount != -1 || c.AnnounceInterval != 500*time.Millisecond || c.Receive != bond.ReceiveAddressed || !c.ReceiveRing || c.Offload != bond.OffloadOff || c.Queues != 4 {
		t.Errorf("announce %d each %v, receive %v, ring %v, offload %v, queues %d", c.AnnounceCount, c.AnnounceInterval, c.Receive, c.ReceiveRing, c.Offload, c.Queues)
	}
	for _, line := range []string{"min_links_down: 1", "system_mac: 01:00:00:00:00:01", "system_mac: x", "system_priority: 0", "port_base: 65280", "port_key: {eth1: 1024}",
		"port_key: {eth3: 1}", "port_rate: {eth1: 2s}", "port_rate: {eth3: FAST}", "timeout_multiplier: 21", "hash_symmetric: true", "hash_inner: true", "hash_hardened: true", "hash_tags: none", "dampening_max: 1999", "lacp_key: 1024", "failover_priority: {eth1: 40000}",
		"receive: some", "hardware_offload: maybe", "queues: 0", "announce_count: 256", "packets_per_port: 0", "mac_policy: 3", "primary_reselect: NEVER",
		"port_weight: {eth1: 0}", "port_weight: {eth3: 1}", "balance_interval: -1", "balance_interval: 3601", "balance_interval: 10s", "min_bandwidth: -1", "announce: [192.0.2.0/24]", "flush_timeout: 1001", "dampening_reuse: 2000", "dampening_suppress: 750"} {
		if _, err := parsed("bonds:\n- name: b\n  ports: [eth1, eth2]\n  " + line + "\n"); err == nil {
			t.Errorf("%q is accepted, want it refused", line)
		}
	}
}

// TestConfigOfDefaults checks that without the keys the bond has the default values.
func TestConfigOfDefaults(t *testing.T) {
	got, err := parsed("bonds:\n- name: b\n  ports: [eth1]\n")
	if err != nil {
		t.Fatal(err)
	}
	c := got[0].OpenConfig()
	if !c.Resilient || c.Receive != bond.ReceiveAll || c.ReceiveRing || c.Offload != bond.OffloadAuto || c.AdminDown {
		t.Errorf("resilient %v, receive %v, ring %v, offload %v, admin down %v", c.Resilient, c.Receive, c.ReceiveRing, c.Offload, c.AdminDown)
	}
}
