package config

import (
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// needsEtcd skips a test in a build without the driver of etcd.
func needsEtcd(t *testing.T) {
	t.Helper()
	if noEtcd != "" {
		t.Skip(noEtcd)
	}
}

const headA = `chassis:
  group: nas1
  name: head-a
  hold: 500ms
  heartbeat: [10.0.0.1, '192.168.7.1:7001']
  peers: {head-b: [10.0.0.2, '192.168.7.2:7001']}
  heartbeat_secret: /etc/lagkit/secret
  store: {etcd: ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'], ca: /ca, cert: /cert, key: /key}
bonds:
  - {name: bond0, ports: [eth1, eth2], lag: uplink, lag_prefer: head-b}
`

func TestSectionChassis(t *testing.T) {
	needsEtcd(t)
	f := Parse("f", []byte(headA))
	if len(f.Problems) > 0 {
		t.Fatal(f.Problems)
	}
	got := *f.Chassis
	got.at = sectionPositions{}
	addr := netip.MustParseAddrPort
	want := Chassis{
		Group: "nas1", Name: "head-a", Hold: 500 * time.Millisecond, SecretFile: "/etc/lagkit/secret",
		Heartbeat: []netip.AddrPort{addr("10.0.0.1:7000"), addr("192.168.7.1:7001")},
		Peers:     map[string][]netip.AddrPort{"head-b": {addr("10.0.0.2:7000"), addr("192.168.7.2:7001")}},
		Store:     Store{Etcd: []string{"https://10.0.0.1:2379", "https://10.0.0.2:2379"}, CA: "/ca", Cert: "/cert", Key: "/key"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	b := &f.Bonds[0]
	if want := (LAG{Name: "uplink", Prefer: "head-b"}); b.LAG != want || b.RestoreDelay() != time.Minute || !b.Watched() {
		t.Errorf("LAG %+v with delay %v, watched %v; want %+v, 1m, true", b.LAG, b.RestoreDelay(), b.Watched(), want)
	}
	if c := b.OpenConfig(); !c.NeedsPermission {
		t.Error("the bond needs no permission, want it to")
	}
	if got := b.Shared(); got["mtu"] != "1500" || got["lag_prefer"] != "head-b" || got["mac"] != "default" || len(got) != len(sharedKeys) {
		t.Errorf("shared settings %v", got)
	}
}

func TestSectionOfAnEngine(t *testing.T) {
	f := Parse("f", []byte("chassis: {group: g, name: a, number: 2, external: true}\nbonds:\n- {name: b, ports: [e], lag: l, system_mac: '02:00:00:00:00:01', lag_mode: all}\n"))
	if len(f.Problems) > 0 {
		t.Fatal(f.Problems)
	}
	if c := f.Chassis; !c.External || c.Number != 2 || c.Hold != time.Second {
		t.Errorf("got %+v, want external, number 2, hold 1s", c)
	}
	if b := &f.Bonds[0]; !b.LAG.All || b.Watched() || b.OpenConfig().NeedsPermission {
		t.Errorf("LAG %+v, watched %v; want all boxes to carry it without permission", b.LAG, b.Watched())
	}
}

// changed returns headA with lines replaced: "old => new", each once.
func changed(t *testing.T, changes ...string) string {
	t.Helper()
	text := headA
	for _, c := range changes {
		from, to, _ := strings.Cut(c, " => ")
		if !strings.Contains(text, from) {
			t.Fatalf("the file lacks %q", from)
		}
		text = strings.Replace(text, from, to, 1)
	}
	return text
}

func TestSectionRefuses(t *testing.T) {
	needsEtcd(t)
	const external = "store: {etcd: ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'], ca: /ca, cert: /cert, key: /key} => external: true"
	const lag = "lag_prefer: head-b => "
	for _, tt := range []struct {
		change, want string
	}{
		{"group: nas1 => group: nas 1", `f:2:10: group: "nas 1": allowed: ` + nameAllowed},
		{"  group: nas1\n => ", "f:1:1: group: missing: allowed: a group of chassis has group and name"},
		{"hold: 500ms => hold: 200ms", "f:4:9: hold: 200ms: allowed: a time from 300ms to 10s, such as 500ms or 2s"},
		{"hold: 500ms => hold: 500", "f:4:9: hold: 500: allowed: a time from 300ms to 10s, such as 500ms or 2s"},
		{"hold: 500ms => number: 16", "f:4:11: number: 16: allowed: 1 to 15"},
		{"hold: 500ms => colour: red", "f:4:3: colour: unknown key: allowed: group, name, number, hold, heartbeat, peers, heartbeat_secret, external or store"},
		{"hold: 500ms => heartbeats: [10.0.0.1]", "f:4:3: heartbeats: unknown key: did you mean heartbeat?"},
		{"hold: 500ms => Name: b", "f:4:3: Name: duplicate key, it means name as on line 3: allowed: each key once"},
		{"10.0.0.1, => 10.0.0.0/8,", "f:5:15: heartbeat: 10.0.0.0/8: allowed: " + addressesAllowed},
		{"heartbeat: [10.0.0.1, '192.168.7.1:7001'] => heartbeat: [10.0.0.1]", `f:6:3: peers: head-b with 2 addresses: allowed: as many addresses as heartbeat has, 1`},
		{"{head-b: [10.0.0.2, => {head-b: ['2001:db8::2',", "f:6:3: peers: 2001:db8::2 of head-b: allowed: an address of the family of 10.0.0.1 in heartbeat"},
		{"{head-b: => {head-b: [10.0.0.2, 192.168.7.2], head-a:", "f:6:3: peers: head-a: allowed: the other boxes, not this one"},
		{"  heartbeat_secret: /etc/lagkit/secret\n => ", "f:1:1: heartbeat_secret: missing: allowed: a group has heartbeat, peers, heartbeat_secret, store.etcd, or external: true"},
		{"/etc/lagkit/secret => secret", "f:7:21: heartbeat_secret: secret: allowed: " + fileAllowed},
		{"'https://10.0.0.1:2379' => 'https://10.0.0.1'", "f:8:18: store.etcd: https://10.0.0.1: allowed: " + urlsAllowed},
		{"'https://10.0.0.1:2379' => 'http://10.0.0.1:2379'", "f:8:11: store.etcd: https and http: allowed: one of them for all members"},
		{", key: /key => ", "f:8:78: store.cert: /cert: allowed: only together with store.key"},
		{"etcd: [ => colour: red, etcd: [", "f:8:11: colour: unknown key: allowed: etcd, ca, cert, key or user"},
		{lag + "lag_prefer: head-c", "f:10:53: lag_prefer: head-c: allowed: a box of the group: head-a or head-b"},
		{lag + "lag_restore_delay: 5s", "f:10:53: lag_restore_delay: 5s: allowed: only together with lag_prefer"},
		{lag + "lag_restore_delay: soon", "f:10:72: lag_restore_delay: soon: allowed: a time from 0s to 24h, such as 500ms or 2s"},
		{lag + "port_base: 1", "f:10:53: port_base: 1: allowed: nothing, because of lag uplink: the number of the box gives it"},
		{lag + "data_plane: team", "f:10:53: data_plane: team: allowed: auto, ebpf or user, because of lag uplink"},
		{lag + "lag_mode: ALL, lag_ready: EXTERNAL", "f:10:68: lag_ready: set: allowed: only with lag_mode STANDBY"},
		{lag + "lag_mode: ALL, lacp_fallback: one", "f:10:68: lacp_fallback: one: allowed: none, because of lag_mode ALL: each box would fall back by itself"},
		{"lag: uplink => protocol: FAILOVER, lag: uplink", "f:10:60: lag: uplink: allowed: only with protocol LACP, because of protocol FAILOVER: only LACP can hold a partner back"},
		{"lag: uplink, lag_prefer: head-b => lag_ready: LINKS", "f:10:40: lag_ready: set: allowed: only together with lag"},
		{"lag_prefer: head-b} => }\n  - {name: bond1, ports: [eth3], lag: uplink}", "f:11:34: lag: uplink: allowed: each LAG once, it is that of line 10"},
		{"lag_prefer: head-b} => }\n  - {name: bond1, ports: [eth3], lag: down}", "f:11:34: lacp_key: 1: allowed: another one than bond0 has: all LAGs of a group share their system_mac"},
	} {
		_, err := parsed(changed(t, tt.change))
		if err == nil || !slices.Contains(strings.Split(err.Error(), "\n"), tt.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", tt.change, err, tt.want)
		}
	}
	_, err := parsed(changed(t, external))
	for _, want := range []string{
		"f:1:1: number: missing: allowed: 1 to 15, because of external true: there is no store that gives one",
		"f:5:3: heartbeat: set: allowed: nothing, because of external true: the box's own engine decides",
		"f:6:3: peers: set: allowed: nothing, because of external true: the box's own engine decides",
		"f:10:40: lag: uplink: allowed: only together with system_mac, because of external true: there is no store that keeps one",
		"f:10:53: lag_prefer: set: allowed: nothing, because of external true: the box's own engine decides",
	} {
		if err == nil || !slices.Contains(strings.Split(err.Error(), "\n"), want) {
			t.Errorf("external:\ngot  %v\nwant %s", err, want)
		}
	}
	if _, err := parsed(headA[strings.Index(headA, "bonds:"):]); err == nil || err.Error() != "f:2:40: lag: uplink: allowed: a LAG of the group that the section chassis describes; the file has none" {
		t.Errorf("without the section: %v", err)
	}
}

func TestSectionWarns(t *testing.T) {
	needsEtcd(t)
	for change, want := range map[string]string{
		"lag: uplink, lag_prefer: head-b => mtu: 1500": "f:1:1: warning: chassis: without effect: no bond has a lag",
		"lag_prefer: head-b => on_isolation: HOLD":     "f:10:53: warning: on_isolation: HOLD: two boxes may carry the LAG at the same time unless something else ends the other one first",
		"lag: uplink, lag_prefer: head-b} => watchdog: 1s, data_plane: ebpf}\n  - {name: bond1, ports: [eth3], lag: uplink}": "f:10:40: warning: watchdog: true: data_plane ebpf would go on with the frames if lacpd dies; the watchdog ends that",
		"lag_prefer: head-b => watchdog: false": "f:10:53: warning: watchdog: false: if lacpd dies here, the partner goes on sending to this box for 3 or 90 s",
		"'https://10.0.0.1:2379', 'https://10.0.0.2:2379'], ca: /ca, cert: /cert, key: /key => 'http://10.0.0.1:2379']": "f:8:11: warning: store.etcd: http://10.0.0.1:2379: without TLS and client certificates, whoever reaches etcd can take the LAGs",
	} {
		f := Parse("f", []byte(changed(t, change)))
		if f.Refused() != nil || len(f.Problems) != 1 || f.Problems[0].In("f") != want {
			t.Errorf("%s:\ngot  %v\nwant %s", change, &Error{"f", f.Problems}, want)
		}
	}
}

func TestDiffChassis(t *testing.T) {
	needsEtcd(t)
	of := func(changes ...string) *Chassis { return Parse("f", []byte(changed(t, changes...))).Chassis }
	if got := DiffChassis(of(), of("hold: 500ms => hold: 0.5s")); got != nil {
		t.Errorf("the same: %+v, want nothing", got)
	}
	got := DiffChassis(of(), of("  hold: 500ms\n => ", "[10.0.0.2, => [10.0.0.3,"))
	want := []Difference{
		{"hold", "500ms", "1s", EffectLater},
		{"peers", "{head-b: [10.0.0.2, 192.168.7.2:7001]}", "{head-b: [10.0.0.3, 192.168.7.2:7001]}", EffectLater},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := DiffChassis(nil, of()); len(got) != 10 || got[0] != (Difference{"group", "", "nas1", EffectLater}) {
		t.Errorf("a new section: %+v, want 10 keys from nothing", got)
	}
}

func TestLAGOfOneBoxIsNoGroup(t *testing.T) {
	var b Bond
	if b.Watched() || b.LAG.NeedsPermission() {
		t.Error("a bond of this box alone needs a permission or a watchdog")
	}
	if got := slices.Sorted(maps.Keys(b.Shared())); len(got) == 0 {
		t.Error("no shared settings")
	}
}
