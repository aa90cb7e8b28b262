package config

import (
	"strings"
	"unicode"
)

// Configuration often comes from another program: TrueNAS, netplan, MikroTik,
// systemd-networkd, ifupdown, the Linux bonding driver. lacpd answers a word from
// such a file with its own word for it.

// Values that other programs use, folded.
var (
	foreignBooleans = map[string]string{
		"yes": "true", "on": "true", "1": "true", "y": "true", "enabled": "true", "active": "true",
		"no": "false", "off": "false", "0": "false", "n": "false", "disabled": "false", "passive": "false",
	}
	foreignModes = map[string]string{
		"static": "LOADBALANCE", "on": "LOADBALANCE", "trunk": "LOADBALANCE", "xor": "LOADBALANCE",
		"balancetlb": "SLB", "balancealb": "SLB", "tlb": "SLB", "alb": "SLB",
		"balancetcp": "LACP", "dynamic": "LACP", "8023": "LACP", "8021ax": "LACP", "active": "LACP", "lacpactive": "LACP",
		"backup": "FAILOVER", "activestandby": "FAILOVER", "rr": "ROUNDROBIN",
	}
	foreignRates = map[string]string{
		"1s": "FAST", "1sec": "FAST", "1second": "FAST", "short": "FAST", "3s": "FAST", "3sec": "FAST",
		"30s": "SLOW", "30sec": "SLOW", "30secs": "SLOW", "long": "SLOW", "90s": "SLOW", "90sec": "SLOW", "normal": "SLOW",
	}
	foreignPolicies = map[string]string{
		"2": "LAYER2", "23": "LAYER2+3", "34": "LAYER3+4",
		"layer2and3": "LAYER2+3", "layer3and4": "LAYER3+4", "layer23": "LAYER2+3", "layer34": "LAYER3+4",
		"encap23": "ENCAP2+3", "encap34": "ENCAP3+4", "encap2and3": "ENCAP2+3", "encap3and4": "ENCAP3+4",
		"layer3": "LAYER2+3", "layer4": "LAYER3+4", "srcmac": "VLAN+SRCMAC", "vlansrcmac": "VLAN+SRCMAC",
	}
	foreignFallbacks = map[string]string{
		"true": "one", "yes": "one", "on": "one", "individual": "all", "static": "all",
		"false": "none", "no": "none", "off": "none",
	}
)

// unneeded maps keys of other programs, folded, to what to do instead. lacpd has no
// counterpart for them.
var unneeded = func() map[string]string {
	m := make(map[string]string)
	note := func(what string, keys ...string) {
		for _, key := range keys {
			m[fold(key)] = what
		}
	}
	note("leave it out: the kernel reports a lost carrier at once",
		"miimon", "mii-monitor-interval", "mii-monitor-sec", "bond-miimon", "mii-interval", "use-carrier", "link-monitoring")
	note("leave it out: lacpd does not watch links by ARP, LACP does it better",
		"arp-interval", "arp-interval-sec", "arp-ip-targets", "arp-ip-target", "arp-validate", "arp-all-targets")
	note("leave it out: run a DHCP client on the bond's device",
		"dhcp", "dhcp4", "dhcp6", "ipv4-dhcp", "ipv6-auto", "accept-ra", "bootproto", "dhcp-identifier")
	note("leave it out: set it on the bond's device once lacpd runs",
		"gateway", "gateway4", "gateway6", "routes", "nameservers", "dns", "dns-nameservers", "vlans", "vlan", "routing-policy")
	note("leave it out: the bond has the MAC address of its first port",
		"macaddress", "mac-address", "hwaddress", "ethernet-mac-address", "cloned-mac-address")
	note("leave it out: every entry of the list is a bond",
		"type", "kind", "link-aggregation", "state", "enabled", "disabled", "auto")
	note("put its keys into the bond itself, next to name and ports", "parameters", "options", "bond-opts", "bonding-opts")
	return m
}()

// foreignFiles maps top-level keys of other programs' files, folded, to what to do.
var foreignFiles = map[string]string{
	"network":    `a netplan file has it; lacpd wants a list "bonds", each with name and ports`,
	"ethernets":  `a netplan file has it; lacpd wants a list "bonds", each with name and ports`,
	"version":    `a netplan file has it; lacpd wants a list "bonds", each with name and ports`,
	"interfaces": `an nmstate file has it; lacpd wants a list "bonds", each with name and ports`,
	"name":       `it belongs to a bond: lacpd wants a list "bonds", each with name and ports`,
	"ports":      `it belongs to a bond: lacpd wants a list "bonds", each with name and ports`,
}

// foreignText guesses the format of a file that is not a YAML mapping. It returns "" if the
// format is unknown.
func foreignText(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	word, _, _ := strings.Cut(strings.TrimSpace(first), " ")
	const want = `; lacpd wants YAML with a list "bonds", each with name and ports`
	switch {
	case strings.HasPrefix(first, "[") && strings.HasSuffix(strings.TrimSpace(first), "]") && !strings.ContainsAny(first, ",:"):
		return "it looks like a file of systemd-networkd" + want
	case word == "auto", word == "iface", word == "allow-hotplug":
		return "it looks like a file of ifupdown" + want
	case strings.HasPrefix(first, "/interface"), strings.HasPrefix(first, "add "):
		return "it looks like an export of RouterOS" + want
	}
	return ""
}

// unknownKey returns what to do about a key that a bond does not have, and the key that the
// user probably meant, or "" if no key is near.
func unknownKey(key string) (todo, near string) {
	keys, foreign := make([]string, len(options)), make(map[string]string)
	for i := range options {
		o := &options[i]
		keys[i] = o.key
		for _, f := range o.foreign {
			foreign[fold(f)] = o.key
		}
	}
	if what := unneeded[fold(key)]; what != "" {
		return what, ""
	}
	if near = didYouMean(key, keys, foreign); near != "" {
		return "did you mean " + near + "?", near
	}
	return "a bond has no such key, lacpd -h lists the keys", ""
}

// didYouMean returns the word that s probably stands for: its entry in foreign, or else
// the word that differs least from it. It returns "" if no word is near.
func didYouMean(s string, words []string, foreign map[string]string) string {
	const longest = 64 // longer text is not a word
	if len(s) > longest {
		return ""
	}
	s = fold(s)
	if word := foreign[s]; word != "" {
		return word
	}
	best, least := "", 2+len(s)/5
	for _, word := range words {
		if d := distance(s, fold(word)); d < least {
			best, least = word, d
		}
	}
	if least >= len(s) { // nothing of s would be left
		return ""
	}
	return best
}

// fold returns the letters and digits of s in lower case. Programs spell keys differently
// mostly in the characters between them.
func fold(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, s)
}

// distance returns how many octets of a must be inserted, deleted or changed to get b
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
