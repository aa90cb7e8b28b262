package main

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
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
	got[0].apply(&c)
	if c.MinLinks != 1 || c.LACP.MaxLinks != 2 || c.LACP.Policy != lacp.PolicyBandwidth || c.LACP.Fallback != lacp.FallbackOne ||
		c.LACP.FallbackTimeout != 90*time.Second || c.Primary != "eth2" || c.UpDelay != 200*time.Millisecond || c.DownDelay != 100*time.Millisecond ||
		!maps.Equal(c.PortPriority, map[string]uint16{"eth1": 200, "eth2": 100}) || !c.CoupledControl || c.AggregateWait != 500*time.Millisecond {
		t.Errorf("%+v", c)
	}
	for _, line := range []string{"primary: eth3", "port_priority: {eth3: 1}", "port_priority: {eth1: 0}", "port_priority: {eth1: 65536}", "port_priority: [eth1]", "port_priority: {eth1: [1]}", "port_priority: {eth1: 1, eth1: 2}", "min_links: 3\n  max_links: 2", "ad_select: best", "lacp_fallback: two", "lacp_fallback_timeout: 3601", "updelay: -1", "max_links: 257", "coupled_control: 1", "aggregate_wait: 2001"} {
		if _, err := parsed("bonds:\n- name: b\n  ports: [eth1, eth2]\n  " + line + "\n"); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
}

// A wait of 0 in the file is none: the bond's 0 means the standard's 2 s.
func TestConfigOfNoWait(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": -1, "2000": 2 * time.Second} {
		got, err := parsed("bonds:\n- name: b\n  ports: [eth1]\n  aggregate_wait: " + text + "\n")
		if err != nil {
			t.Fatal(err)
		}
		var c bond.Config
		got[0].apply(&c)
		if c.AggregateWait != want {
			t.Errorf("aggregate_wait %s is %v, want %v", text, c.AggregateWait, want)
		}
	}
}
