package convert

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	lag "github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/lacp"
)

// TestResultsComeBack writes the bonds of each result as files of the program again, and converts
// those: the bonds are the same.
func TestResultsComeBack(t *testing.T) {
	writers := map[Kind]func([]lag.OpenConfig) []Source{Netplan: asNetplan, Networkd: asNetworkd, Ifupdown: asIfupdown, TrueNAS: asTrueNAS}
	for _, kind := range Kinds {
		names, err := filepath.Glob(filepath.Join("testdata", string(kind), "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			first, err := Convert(kind, readSample(t, name).sources)
			if err != nil {
				t.Fatal(err)
			}
			bonds := config.Parse("first", first.Text).Bonds
			var list []lag.OpenConfig
			for i := range bonds {
				list = append(list, bonds[i].OpenConfig())
			}
			sources := writers[kind](list)
			second, err := Convert(kind, sources)
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, sources[0].Text)
				continue
			}
			f := config.Parse("second", second.Text)
			if got, want := sameMeaning(f.Bonds), sameMeaning(bonds); got != want || len(f.Problems) > 0 {
				t.Errorf("%s: comes back as\n%s\nwant\n%s\nproblems %v", name, got, want, f.Problems)
			}
		}
	}
}

// sameMeaning is meaningOf without what a default and its value differ in.
func sameMeaning(bonds []config.Bond) string {
	return strings.NewReplacer(" reselect=ALWAYS", "", " mtu=1500", "", " announce=1", "").Replace(meaningOf(bonds))
}

var linuxModes = map[lag.Mode]string{lag.ModeLACP: "802.3ad", lag.ModeFailover: "active-backup", lag.ModeLoadBalance: "balance-xor",
	lag.ModeRoundRobin: "balance-rr", lag.ModeRandom: "balance-rr", lag.ModeBroadcast: "broadcast", lag.ModeSLB: "balance-alb"}

// linuxOptions returns the options of the bonding driver for a bond.
func linuxOptions(c *lag.OpenConfig) (options [][2]string) {
	add := func(option string, value any, standard string) {
		if text := fmt.Sprint(value); text != standard {
			options = append(options, [2]string{option, text})
		}
	}
	add("mode", linuxModes[c.Mode], "")
	if c.Mode == lag.ModeLACP || c.Mode == lag.ModeLoadBalance {
		add("xmit_hash_policy", c.Hash, "")
	}
	if c.Mode == lag.ModeLACP {
		add("lacp_rate", strings.ToLower(c.Rate.String()), "")
	}
	if c.Mode == lag.ModeRandom {
		add("packets_per_slave", 0, "")
	}
	add("packets_per_slave", c.PacketsPerMember, "0")
	add("min_links", c.MinLinks, "0")
	add("ad_select", c.LACP.Policy, lacp.PolicyStable.String())
	add("updelay", c.UpDelay.Milliseconds(), "0")
	add("downdelay", c.DownDelay.Milliseconds(), "0")
	add("primary_reselect", strings.ToLower(c.Reselect.String()), "always")
	add("fail_over_mac", map[lag.MACPolicy]string{lag.MACActive: "follow"}[c.MACPolicy], "")
	add("num_grat_arp", c.AnnounceCount, "0")
	add("peer_notif_delay", c.AnnounceInterval.Milliseconds(), "0")
	add("resend_igmp", c.RejoinCount, "0")
	add("ad_actor_system", c.SystemAddr, "")
	add("ad_actor_sys_prio", c.SystemPriority, "0")
	add("ad_user_port_key", c.Key, "1")
	add("primary", c.Primary, "")
	return options
}

func asNetplan(bonds []lag.OpenConfig) []Source {
	parameters := make(map[string]string) // by option
	for parameter, option := range netplanOptions {
		parameters[option] = parameter
	}
	var b strings.Builder
	b.WriteString("network:\n  bonds:\n")
	for i := range bonds {
		c := &bonds[i]
		fmt.Fprintf(&b, "    %s:\n      interfaces: [%s]\n%s      addresses: [", c.Name, strings.Join(c.Interfaces, ", "), links(c, "      mtu: %d\n", "      macaddress: \"%v\"\n"))
		for _, a := range c.Addresses {
			fmt.Fprintf(&b, "\"%v\", ", a)
		}
		b.WriteString("]\n      routes:\n")
		for _, r := range c.Routes {
			fmt.Fprintf(&b, "      - {to: \"%v\", via: \"%v\"", r.Destination, r.Gateway)
			if r.Metric != 0 {
				fmt.Fprintf(&b, ", metric: %d", r.Metric)
			}
			b.WriteString("}\n")
		}
		b.WriteString("      parameters:\n")
		for _, o := range linuxOptions(c) {
			parameter, ok := parameters[o[0]]
			if !ok {
				parameter = strings.ReplaceAll(o[0], "_", "-")
			}
			fmt.Fprintf(&b, "        %s: \"%s\"\n", parameter, o[1])
		}
	}
	text := strings.NewReplacer(", ]", "]", "      routes:\n      parameters", "      parameters").Replace(b.String())
	return []Source{{"n.yaml", []byte(text)}}
}

// links returns the MTU and the MAC address of a bond, if they are set.
func links(c *lag.OpenConfig, mtu, mac string) (text string) {
	if c.MTU != lag.DefaultMTU {
		text = fmt.Sprintf(mtu, c.MTU)
	}
	if c.HardwareAddr != nil {
		text += fmt.Sprintf(mac, c.HardwareAddr)
	}
	return text
}

func asNetworkd(bonds []lag.OpenConfig) (sources []Source) {
	keys := make(map[string]string) // by option
	for key, option := range networkdOptions {
		keys[option] = key
	}
	for i := range bonds {
		c := &bonds[i]
		netdev := "[NetDev]\nName=" + c.Name + "\nKind=bond\n" + links(c, "MTUBytes=%d\n", "MACAddress=%v\n") + "[Bond]\n"
		for _, o := range linuxOptions(c) {
			switch key := keys[o[0]]; {
			case o[0] == "primary":
			case strings.HasSuffix(key, "Sec"):
				netdev += key + "=" + o[1] + "ms\n"
			default:
				netdev += key + "=" + o[1] + "\n"
			}
		}
		network := "[Match]\nName=" + c.Name + "\n"
		for _, a := range c.Addresses {
			network += "[Address]\nAddress=" + a.String() + "\n"
		}
		for _, r := range c.Routes {
			network += fmt.Sprintf("[Route]\nDestination=%v\nGateway=%v\n", r.Destination, r.Gateway)
			if r.Metric != 0 {
				network += fmt.Sprintf("Metric=%d\n", r.Metric)
			}
		}
		sources = append(sources, Source{fmt.Sprintf("1%d.netdev", i), []byte(netdev)}, Source{fmt.Sprintf("3%d.network", i), []byte(network)})
		for j, port := range c.Interfaces {
			text := "[Match]\nName=" + port + "\n[Network]\nBond=" + c.Name + "\n"
			if port == c.Primary {
				text += "PrimarySlave=yes\n"
			}
			sources = append(sources, Source{fmt.Sprintf("2%d-%d.network", i, j), []byte(text)})
		}
	}
	return sources
}

func asIfupdown(bonds []lag.OpenConfig) []Source {
	var b strings.Builder
	for i := range bonds {
		c := &bonds[i]
		fmt.Fprintf(&b, "auto %[1]s\niface %[1]s inet manual\n bond-slaves %s\n%s", c.Name, strings.Join(c.Interfaces, " "), links(c, " mtu %d\n", " hwaddress ether %v\n"))
		for _, o := range linuxOptions(c) {
			fmt.Fprintf(&b, " bond-%s %s\n", strings.ReplaceAll(o[0], "_", "-"), o[1])
		}
		for _, a := range c.Addresses {
			fmt.Fprintf(&b, " address %v\n", a)
		}
		for _, r := range c.Routes {
			switch {
			case r.Destination.Bits() == 0 && r.Metric == 0:
				fmt.Fprintf(&b, " gateway %v\n", r.Gateway)
			default:
				fmt.Fprintf(&b, " up ip route add %v via %v metric %d\n", r.Destination, r.Gateway, r.Metric)
			}
		}
	}
	return []Source{{"interfaces", []byte(b.String())}}
}

func asTrueNAS(bonds []lag.OpenConfig) []Source {
	var all []map[string]any
	for i := range bonds {
		c := &bonds[i]
		aliases := []map[string]any{}
		for _, a := range c.Addresses {
			aliases = append(aliases, map[string]any{"address": a.Addr(), "netmask": a.Bits()})
		}
		all = append(all, map[string]any{"name": c.Name, "type": "LINK_AGGREGATION", "lag_protocol": c.Mode, "lag_ports": c.Interfaces,
			"xmit_hash_policy": strings.ToUpper(c.Hash.String()), "lacpdu_rate": c.Rate, "mtu": c.MTU, "description": c.Description, "aliases": aliases})
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // all of it can be written
	}
	return []Source{{"i.json", text}}
}
