package convert

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	lag "github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
)

// setting is a key of lacpd's file with its value, as YAML has it.
type setting struct {
	key, text string
	remark    string // a comment; "" for none
}

// rule turns an option of the bonding driver into a key of lacpd's.
type rule struct {
	option string
	key    string
	modes  []lag.Mode // modes that use it in both programs; nil means all

	// value returns lacpd's value; "" means its default. why says what is different, or is "?" if
	// the value is unknown.
	value func(s string) (text, why string)
}

var (
	hashing  = []lag.Mode{lag.ModeLACP, lag.ModeLoadBalance}
	onlyLACP = []lag.Mode{lag.ModeLACP}
	failover = []lag.Mode{lag.ModeFailover}
	inTurn   = []lag.Mode{lag.ModeRoundRobin}
)

// rules are the options that have a counterpart, in the order of lacpd's keys.
var rules = []rule{
	{"lacp_active", "lacp_active", onlyLACP, words(map[string]string{"on": "", "1": "", "off": "false", "0": "false"})},
	{"lacp_rate", "lacpdu_rate", onlyLACP, words(map[string]string{"slow": "SLOW", "0": "SLOW", "fast": "FAST", "1": "FAST"})},
	{"xmit_hash_policy", "xmit_hash_policy", hashing, hashPolicy},
	{"min_links", "min_links", onlyLACP, number},
	{"ad_select", "ad_select", onlyLACP, words(map[string]string{"stable": "stable", "0": "stable", "bandwidth": "bandwidth", "1": "bandwidth",
		"count": "count", "2": "count", "actor_port_prio": "port-priority", "3": "port-priority"})},
	{"primary", "primary", failover, func(s string) (string, string) { return yamlText(s), "" }},
	{"updelay", "updelay", nil, number},
	{"downdelay", "downdelay", nil, number},
	{"coupled_control", "coupled_control", onlyLACP, words(map[string]string{"on": "true", "1": "true", "off": "", "0": ""})},
	{"ad_actor_system", "system_mac", onlyLACP, func(s string) (string, string) {
		if strings.Trim(s, "0:") == "" {
			return "", ""
		}
		return yamlText(s), ""
	}},
	{"ad_actor_sys_prio", "system_priority", onlyLACP, number},
	{"ad_user_port_key", "lacp_key", onlyLACP, func(s string) (string, string) {
		if s == "0" {
			return "", ""
		}
		return number(s)
	}},
	{"primary_reselect", "primary_reselect", failover, words(map[string]string{"always": "ALWAYS", "0": "ALWAYS", "better": "BETTER", "1": "BETTER", "failure": "FAILURE", "2": "FAILURE"})},
	{"fail_over_mac", "mac_policy", failover, failOverMAC},
	{"packets_per_slave", "packets_per_port", inTurn, number},
	{"num_grat_arp", "announce_count", nil, number},
	{"peer_notif_delay", "announce_interval", nil, func(s string) (string, string) {
		if s == "0" {
			return "", ""
		}
		return number(s)
	}},
	{"resend_igmp", "rejoin_count", failover, number},
}

// words returns a value function that knows some words.
func words(ours map[string]string) func(string) (string, string) {
	return func(s string) (string, string) {
		text, ok := ours[strings.ToLower(s)]
		if !ok {
			return "", "?"
		}
		return text, ""
	}
}

func number(s string) (text, why string) {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return strconv.FormatUint(n, 10), ""
	}
	return "", "?"
}

func hashPolicy(s string) (text, why string) {
	p, err := hash.ParsePolicy(s)
	if err != nil {
		return "", "?"
	}
	return strings.ToUpper(p.String()), ""
}

// failOverMAC: with "active" the driver's device takes the active port's address, which lacpd's
// never does; with "follow" the active port takes the device's.
func failOverMAC(s string) (text, why string) {
	switch strings.ToLower(s) {
	case "none", "0":
		return "", ""
	case "follow", "2":
		return "ACTIVE", ""
	case "active", "1":
		return "ACTIVE", "lacpd's device keeps its MAC address; mac_policy ACTIVE gives it to the active port, which is the closest"
	}
	return "", "?"
}

// without are the options that lacpd has no counterpart for.
var without = map[string]struct {
	harmless []string // values that change nothing; nil means all
	why      string
}{
	"miimon":            {nil, "the kernel reports a lost carrier at once"},
	"use_carrier":       {nil, "the kernel reports a lost carrier at once"},
	"arp_interval":      {[]string{"0"}, "lacpd does not watch links by ARP; use LACP, or rely on the carrier"},
	"arp_ip_target":     {[]string{""}, "lacpd does not watch links by ARP; use LACP, or rely on the carrier"},
	"arp_validate":      {[]string{"none", "0"}, "lacpd does not watch links by ARP; use LACP, or rely on the carrier"},
	"arp_all_targets":   {[]string{"any", "0"}, "lacpd does not watch links by ARP; use LACP, or rely on the carrier"},
	"arp_missed_max":    {nil, "lacpd does not watch links by ARP"},
	"all_slaves_active": {[]string{"0", "no", "false", "off"}, "lacpd drops frames that arrive on a standby port"},
	"tlb_dynamic_lb":    {[]string{"1", "yes", "true", "on"}, "balance_interval moves flows by the ports' load"},
	"lp_interval":       {nil, "lacpd announces its stations when a port changes"},
	"active_slave":      {nil, "primary chooses the port"},
}

// settings returns the settings of a bond in lacpd's words.
func (b *builder) settings(d *bond) []setting {
	mode, list := b.mode(d)
	for _, r := range rules {
		v, ok := d.options[r.option]
		if !ok {
			if s := b.otherDefault(r.option, mode); s != "" {
				list = append(list, setting{r.key, s, "the default of " + string(b.kind)})
			}
			continue
		}
		what := v.spelled
		if r.modes != nil && !slices.Contains(r.modes, mode) {
			b.unneeded(v.at, what, "mode "+mode.String()+" does not use it")
			continue
		}
		text, why := r.value(v.text)
		switch why {
		case "":
		case "?":
			b.lost(v.at, what, "the value is unknown")
		default:
			b.differs(v.at, what, why)
		}
		if text != "" {
			list = append(list, setting{key: r.key, text: text})
		}
	}
	b.noteOthers(d)
	return list
}

// otherDefault returns lacpd's value for an option that is not given, if the default of the source
// differs from lacpd's.
func (b *builder) otherDefault(option string, mode lag.Mode) string {
	if option == "xmit_hash_policy" && b.kind != TrueNAS && slices.Contains(hashing, mode) {
		return "LAYER2"
	}
	return ""
}

// mode returns the mode of a bond, and its setting.
func (b *builder) mode(d *bond) (lag.Mode, []setting) {
	v, ok := d.options["mode"]
	if !ok {
		return b.inTurn(d, setting{"protocol", "ROUNDROBIN", "the default of " + string(b.kind)})
	}
	switch strings.ToLower(v.text) {
	case "balance-tlb", "balance-alb", "5", "6":
		b.differs(v.at, v.spelled, "SLB is the closest: like it, it needs nothing of the switch, but it spreads what is sent by source MAC address and VLAN")
		return lag.ModeSLB, []setting{{key: "protocol", text: "SLB"}}
	}
	mode, err := lag.ParseMode(v.text)
	if err != nil {
		b.differs(v.at, v.spelled, "the mode is unknown; LACP is written in its place")
		return lag.ModeLACP, []setting{{key: "protocol", text: "LACP"}}
	}
	s := setting{key: "protocol", text: mode.String()}
	if mode == lag.ModeRoundRobin {
		return b.inTurn(d, s)
	}
	return mode, []setting{s}
}

// inTurn is the mode of a bond in mode balance-rr, where packets_per_slave 0 sends at random.
func (b *builder) inTurn(d *bond, s setting) (lag.Mode, []setting) {
	if d.options["packets_per_slave"].text == "0" {
		delete(d.options, "packets_per_slave")
		return lag.ModeRandom, []setting{{"protocol", "RANDOM", "packets_per_slave 0"}}
	}
	return lag.ModeRoundRobin, []setting{s}
}

// noteOthers notes the options that no rule knows.
func (b *builder) noteOthers(d *bond) {
	for _, option := range slices.Sorted(maps.Keys(d.options)) {
		v := d.options[option]
		if option == "mode" || slices.ContainsFunc(rules, func(r rule) bool { return r.option == option }) {
			continue
		}
		w, ok := without[option]
		switch {
		case !ok:
			b.lost(v.at, v.spelled, noCounterpart)
		case w.harmless == nil || slices.Contains(w.harmless, strings.ToLower(v.text)):
			b.unneeded(v.at, v.spelled, w.why)
		default:
			b.lost(v.at, v.spelled, w.why)
		}
	}
}

// milliseconds reads a time span such as "100ms", "1s 500ms" or "2", a number of unit. It returns
// the text unchanged if it is none.
func milliseconds(s string, unit time.Duration) string {
	units := map[string]time.Duration{"": unit, "us": time.Microsecond, "ms": time.Millisecond, "msec": time.Millisecond, "s": time.Second,
		"sec": time.Second, "second": time.Second, "seconds": time.Second, "m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute}
	total, rest := 0.0, strings.TrimSpace(s)
	for rest != "" {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
		n, err := strconv.ParseFloat(rest[:digits], 64)
		word := strings.TrimSpace(rest[digits:])
		end := len(word) - len(strings.TrimLeft(word, "abcdefghijklmnopqrstuvwxyz"))
		each, ok := units[word[:end]]
		if err != nil || !ok {
			return s
		}
		total += n * float64(each)
		rest = strings.TrimSpace(word[end:])
	}
	if total < 0 || total > float64(24*time.Hour) || s == "" {
		return s
	}
	return strconv.FormatInt(time.Duration(total).Milliseconds(), 10)
}
