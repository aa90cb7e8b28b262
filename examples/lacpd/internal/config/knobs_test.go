package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// bySelf are the settings that the daemon makes itself.
var bySelf = map[string]string{
	"Config.Device": "Open makes it", "Config.Plane": "data_plane chooses it", "Config.Logger": "the daemon's log", "Config.Trace": "a flag of run",
	"Config.Restore": "the daemon's state", "Config.Saved": "the daemon's state", "NoDevice": "a bond without a device is for programs",
	"Handed":     "the command handover",
	"KeepDevice": "a flag of run", "StateDir": "a flag of run", "Opener": "data_plane chooses it",
}

// samples has a value for each key that differs from the default, with the keys it needs.
var samples = map[string]string{
	"name": "other", "description": "uplink", "protocol": "FAILOVER", "ports": "[e1, e0]", "lacp_active": "false", "lacpdu_rate": "FAST",
	"xmit_hash_policy": "FLOW", "mtu": "9000", "addresses": "[192.0.2.1/24]", "gateway": "192.0.2.2\n  addresses: [192.0.2.1/24]",
	"routes": "[198.51.100.0/24]", "mac": "02:00:00:00:00:01", "min_links": "2", "max_links": "1", "ad_select": "count",
	"port_priority": "{e0: 1}", "lacp_fallback": "one", "lacp_fallback_timeout": "5", "primary": "e0", "updelay": "1", "downdelay": "1",
	"coupled_control": "true", "aggregate_wait": "1", "admin_down": "true", "min_links_down": "1\n  min_links: 2", "min_bandwidth": "1",
	"system_mac": "02:00:00:00:00:02", "system_priority": "1", "port_base": "1", "lacp_key": "2", "port_key": "{e0: 2}", "port_rate": "{e0: FAST}",
	"timeout_multiplier": "4", "wait_to_restore": "1", "non_revertive": "true", "resilient": "false", "port_weight": "{e0: 2}",
	"weight_by_speed": "true", "balance_interval": "10", "data_plane": "auto", "hash_symmetric": "true\n  xmit_hash_policy: FLOW",
	"hash_inner": "true\n  xmit_hash_policy: FLOW", "hash_seed": "x", "hash_tags": "inline", "hash_hardened": "true\n  xmit_hash_policy: FLOW", "dampening_max": "9000", "primary_reselect": "BETTER", "mac_policy": "ACTIVE",
	"failover_priority": "{e0: 1}", "packets_per_port": "2", "announce": "[192.0.2.1/24]", "flush_timeout": "1", "dampening_half_life": "1",
	"dampening_suppress": "3000", "dampening_reuse": "10", "announce_count": "2", "announce_interval": "1", "rejoin_count": "2",
	"receive": "ADDRESSED", "receive_ring": "true", "hardware_offload": "ON", "queues": "2", "carrier_poll": "1", "allow_host_stack": "true",
	"allow_replace": "true", "lag": inGroup("uplink", ""), "lag_mode": inGroup("ALL", "lag: uplink"), "lag_prefer": inGroup("head-b", "lag: uplink"),
	"lag_restore_delay": inGroup("1s", "lag: uplink\n  lag_prefer: head-b"), "lag_ready": inGroup("EXTERNAL", "lag: uplink"),
	"on_isolation": inGroup("HOLD", "lag: uplink"), "watchdog": "true",
}

// someGroup is a section chassis.
const someGroup = "chassis: {group: nas1, name: head-a, heartbeat: [10.0.0.1], peers: {head-b: [10.0.0.2]}, heartbeat_secret: /s, store: {etcd: ['https://10.0.0.1:2379']}}\n"

// inGroup returns a value with further keys of the bond, and a group.
func inGroup(value, keys string) string {
	if keys != "" {
		value += "\n  " + keys
	}
	return value + "\n" + someGroup
}

// TestEveryKnobHasAKey checks that a file can set every field of bond.Config and bond.OpenConfig
// that the daemon does not set itself.
func TestEveryKnobHasAKey(t *testing.T) {
	needsEtcd(t)
	fieldsOf := func(text string) map[string]string {
		f := Parse("f", []byte("bonds:\n- "+text+"\n"))
		if err := f.Refused(); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		fields := make(map[string]string)
		leaves(fields, "", reflect.ValueOf(f.Bonds[0].OpenConfig()))
		return fields
	}
	before := fieldsOf("name: b\n  ports: [e0, e1]")
	set := make(map[string]bool)
	for i := range options {
		key := options[i].key
		value, ok := samples[key]
		if !ok {
			t.Errorf("no sample for %s", key)
			continue
		}
		text := "name: b\n  ports: [e0, e1]\n  " + key + ": " + value
		switch key {
		case "name":
			text = "name: " + value + "\n  ports: [e0, e1]"
		case "ports":
			text = "name: b\n  ports: " + value
		}
		for field, v := range fieldsOf(text) {
			if v != before[field] {
				set[field] = true
			}
		}
	}
	for _, field := range slices.Sorted(maps.Keys(before)) {
		if why := bySelf[field]; set[field] == (why != "") {
			t.Errorf("%s: a key sets it: %v; set by the daemon: %q; want one of them", field, set[field], why)
		}
	}
	for field := range bySelf {
		if _, ok := before[field]; !ok {
			t.Errorf("%s does not exist", field)
		}
	}
}

// leaves notes the values of all fields of a configuration that are no structs of settings.
func leaves(fields map[string]string, path string, v reflect.Value) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if f := v.Field(i); f.Kind() == reflect.Struct {
			leaves(fields, path+name+".", f)
		} else {
			fields[path+name] = fmt.Sprint(f.Interface())
		}
	}
}
