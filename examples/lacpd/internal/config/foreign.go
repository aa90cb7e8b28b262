package config

import (
	"slices"
	"strings"
	"unicode"
)

// Configuration often comes from another program: TrueNAS, netplan, MikroTik,
// systemd-networkd, ifupdown, the Linux bonding driver. lacpd takes a word of such a file if it
// means exactly the same, and answers other words with its own word for them.

// Values that other programs use, folded.
var (
	foreignBooleans = map[string]string{
		"1": "true", "y": "true", "enabled": "true", "active": "true",
		"0": "false", "n": "false", "disabled": "false", "passive": "false",
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

// unneededKey is a key of another program that lacpd has no counterpart for.
type unneededKey struct {
	todo string
	ok   []string // values, folded, that lacpd can ignore with a warning; nil means all
}

// harmless reports whether a bond behaves the same without the key.
func (u *unneededKey) harmless(value string) bool {
	return u.ok == nil || slices.Contains(u.ok, fold(value))
}

// unneeded are the keys that lacpd has no counterpart for, as bare returns them.
var unneeded = func() map[string]*unneededKey {
	m := make(map[string]*unneededKey)
	note := func(u unneededKey, keys ...string) {
		for _, key := range keys {
			m[bare(key)] = &u
		}
	}
	never := []string{}
	note(unneededKey{"leave it out: the kernel reports a lost carrier at once", nil},
		"miimon", "mii-monitor-interval", "mii-monitor-sec", "mii-interval", "use-carrier", "link-monitoring")
	note(unneededKey{"leave it out: lacpd does not watch links by ARP, LACP does it better", []string{"0", "0s", "none"}},
		"arp-interval", "arp-interval-sec", "arp-ip-targets", "arp-ip-target", "arp-validate", "arp-all-targets")
	note(unneededKey{"leave it out: run a DHCP client on the bond's device", []string{"no", "false", "off", "none", "static"}},
		"dhcp", "dhcp4", "dhcp6", "ipv4-dhcp", "ipv6-auto", "accept-ra", "bootproto", "dhcp-identifier")
	note(unneededKey{"leave it out: set it on the bond's device once lacpd runs", never},
		"nameservers", "dns", "dns-nameservers", "vlans", "vlan", "routing-policy")
	note(unneededKey{"leave it out: every entry of the list is a bond", []string{"bond", "bonding", "lag", "linkaggregation", "up", "yes", "true", "on"}},
		"type", "kind", "link-aggregation", "state", "enabled", "disabled", "auto")
	note(unneededKey{"put its keys into the bond itself, next to name and ports", never}, "parameters", "options", "opts", "bonding-opts")
	return m
}()

// foreignFiles maps top-level keys of other programs' files, folded, to what to do.
var foreignFiles = map[string]string{
	"network":    "a netplan file has it: lacpd convert prints such a file for lacpd",
	"ethernets":  "a netplan file has it: lacpd convert prints such a file for lacpd",
	"version":    "a netplan file has it: lacpd convert prints such a file for lacpd",
	"interfaces": `an nmstate file has it; lacpd wants a list "bonds", each with name and ports`,
	"name":       `it belongs to a bond: lacpd wants a list "bonds", each with name and ports`,
	"ports":      `it belongs to a bond: lacpd wants a list "bonds", each with name and ports`,
}

// foreignText guesses the format of a file that is not a YAML mapping. It returns "" if the
// format is unknown.
func foreignText(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	word, _, _ := strings.Cut(strings.TrimSpace(first), " ")
	const convert = ": lacpd convert prints such a file for lacpd"
	switch {
	case strings.HasPrefix(first, "[") && strings.HasSuffix(strings.TrimSpace(first), "]") && !strings.ContainsAny(first, ",:"):
		return "it looks like a file of systemd-networkd" + convert
	case word == "auto", word == "iface", word == "allow-hotplug":
		return "it looks like a file of ifupdown" + convert
	case strings.HasPrefix(first, "/interface"), strings.HasPrefix(first, "add "):
		return `it looks like an export of RouterOS; lacpd wants YAML with a list "bonds", each with name and ports`
	}
	return ""
}

// nearKey returns what to do about a key that a bond does not have, and the key that the user
// probably meant, or "" if no key is near.
func nearKey(key string) (todo, near string) {
	keys, foreign := make([]string, len(options)), make(map[string]string)
	for i := range options {
		o := &options[i]
		keys[i] = o.key
		for _, f := range slices.Concat(o.foreign, o.aliases) {
			foreign[fold(f)] = o.key
		}
	}
	if near = didYouMean(bare(key), keys, foreign); near != "" {
		return "did you mean " + near + "?", near
	}
	return "a bond has no such key, lacpd help keys lists them", ""
}

// optionOf returns the option that a key stands for, by its own name or an alias, or nil.
func optionOf(key string) *option { return optionsByKey[bare(key)] }

// optionsByKey are the options by their key and aliases, as bare returns them.
var optionsByKey = func() map[string]*option {
	m := make(map[string]*option)
	for i := range options {
		o := &options[i]
		for _, key := range append(o.aliases, o.key) {
			m[bare(key)] = o
		}
	}
	return m
}()

// bare returns a key without what differs between the spellings of one key: the case, hyphens and
// underscores, and the "bond-" of ifupdown.
func bare(key string) string {
	key = strings.ToLower(strings.ReplaceAll(key, "_", "-"))
	return strings.ReplaceAll(strings.TrimPrefix(key, "bond-"), "-", "")
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
