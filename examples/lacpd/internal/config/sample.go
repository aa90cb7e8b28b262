package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lagkit/lagkit/bond"
)

// sampleValues are values for the keys without a default, in the bonds of the sample.
var sampleValues = map[string]string{
	"description":       "uplink to the core switch",
	"addresses":         "[192.0.2.10/24, 2001:db8::10/64]",
	"gateway":           "192.0.2.1",
	"routes":            "[{to: 198.51.100.0/24, via: 192.0.2.254}]",
	"mac":               "02:00:5e:00:53:01",
	"port_priority":     "{eth1: 100}",
	"system_mac":        "02:00:5e:00:53:02",
	"port_key":          "{eth2: 1}",
	"port_rate":         "{eth1: FAST}",
	"port_weight":       "{eth1: 4}",
	"hash_seed":         "any text",
	"announce":          "[192.0.2.20/24]",
	"primary":           "eth3",
	"failover_priority": "{eth3: 10}",
	"lag":               "uplink",
	"lag_prefer":        "head-a",
	"watchdog":          "true",
}

// sampleChassis are values for the keys of the section chassis.
var sampleChassis = map[string]string{
	"group":            "nas1",
	"name":             "head-a",
	"number":           "1",
	"heartbeat":        "[10.0.0.1, 192.168.7.1]",
	"peers":            "{head-b: [10.0.0.2, 192.168.7.2]}",
	"heartbeat_secret": "/etc/lagkit/secret",
	"store.etcd":       "[https://10.0.0.1:2379, https://10.0.0.2:2379, https://10.0.0.3:2379]",
	"store.ca":         "/etc/lagkit/ca.pem",
	"store.cert":       "/etc/lagkit/cert.pem",
	"store.key":        "/etc/lagkit/key.pem",
	"store.user":       "/etc/lagkit/user",
}

// sampleBonds are the bonds of the sample: the one that runs as it stands, and one for the keys
// that only another protocol uses.
var sampleBonds = []struct {
	intro, name, ports string
	mode               bond.Mode
	lag                bool // of several boxes
}{
	{"", "bond0", "[eth1, eth2]", bond.ModeLACP, false},
	{"One port is in use and the others wait, also on several switches.", "bond1", "[eth3, eth4]", bond.ModeFailover, false},
	{"Frames take the ports in turn. The switch needs a static LAG.", "bond2", "[eth5, eth6]", bond.ModeRoundRobin, false},
	{"Another box has a port on the same LAG of the switch. This needs the section chassis below.", "bond3", "[eth7, eth8]", bond.ModeLACP, true},
}

// Sample returns a file with one bond that explains every key. The other bonds and all keys
// but the required ones are commented out, without a space after the "#". Without these "#" it
// is a valid file too.
func Sample() string {
	var b strings.Builder
	wrap(&b, "# ", "The bonds of lacpd, as in lacpd.yaml(5). This one needs its two ports, and has the defaults of all other keys. "+
		"To set a key, remove the \"#\" in front of it; the value shown is the default where there is one. "+
		"Check the file with lacpd check -config FILE, then systemctl reload lacpd.")
	b.WriteString("\nbonds:\n")
	explained := []string{"name", "protocol", "ports"}
	for i, s := range sampleBonds {
		mark := ""
		if i > 0 {
			mark = "#"
			b.WriteString("\n")
			wrap(&b, "  # ", s.intro)
		}
		fmt.Fprintf(&b, "  %s- name: %s\n", mark, s.name)
		if i == 0 {
			wrap(&b, "    # ", findOption("protocol").remark())
		}
		fmt.Fprintf(&b, "    %sprotocol: %v\n    %sports: %s\n", mark, s.mode, mark, s.ports)
		for j := range options {
			o := &options[j]
			ofLAG := slices.ContainsFunc(lagOptions, func(l option) bool { return l.key == o.key })
			if slices.Contains(explained, o.key) || !o.meant(s.mode) || ofLAG != s.lag {
				continue
			}
			explained = append(explained, o.key)
			b.WriteString("\n")
			wrap(&b, "    # ", o.remark())
			fmt.Fprintf(&b, "    #%s: %s\n", o.key, o.sampleValue())
		}
	}
	sampleOfSection(&b)
	return b.String()
}

// sampleOfSection writes the section chassis, commented out.
func sampleOfSection(b *strings.Builder) {
	b.WriteString("\n")
	wrap(b, "# ", strings.ReplaceAll(chassisIntro, "`", ""))
	b.WriteString("#chassis:\n")
	inStore := false
	for i := range chassisOptions {
		o := &chassisOptions[i]
		indent, key := "  ", o.key
		if word, ok := strings.CutPrefix(key, storePrefix); ok {
			indent, key = "    ", word
			if !inStore {
				b.WriteString("\n  #store:\n")
				inStore = true
			}
		}
		b.WriteString("\n")
		wrap(b, indent+"# ", o.remark())
		fmt.Fprintf(b, "%s#%s: %s\n", indent, key, cmp.Or(sampleChassis[o.key], o.standard))
	}
}

// sampleValue returns the default, or a value that is possible.
func (o *entry[T]) sampleValue() string {
	if v, ok := sampleValues[o.key]; ok {
		return v
	}
	return o.standard
}

// remark returns what the option sets and which values it takes.
func (o *entry[T]) remark() string { return o.sentence() + " Value: " + o.kind.allowed + "." }

func findOption(key string) *option {
	return &options[slices.IndexFunc(options, func(o option) bool { return o.key == key })]
}
