package lab

import (
	"fmt"
	"os"
	"testing"

	"github.com/lagkit/lagkit/internal/netlab"
)

// ovs is an Open vSwitch with the bond of an ovsConfig.
type ovs struct{ *netlab.OVS }

// ovsConfig describes its bond.
type ovsConfig struct {
	members []string
	passive bool
	fast    bool
	id      byte // tells two of them apart; 0 is 2
	static  bool // no LACP
	single  bool // LACP on one port, which is no bond
}

const (
	ovsBridge = "br0"
	ovsBond   = "lag0"
	ovsIP     = "10.9.0.2" // with id 2
	ovsMAC    = "0a:00:00:00:09:02"
)

// bond returns the arguments that make ovs-vsctl add the bond.
func (c ovsConfig) bond() []string {
	mode, rate := "active", "slow"
	if c.passive {
		mode = "passive"
	}
	if c.fast {
		rate = "fast"
	}
	if c.single {
		return []string{"add-port", ovsBridge, c.members[0], "--", "set", "port", c.members[0], "lacp=" + mode, "other_config:lacp-time=" + rate}
	}
	args := append([]string{"add-bond", ovsBridge, ovsBond}, c.members...)
	if c.static {
		// It accepts frames from all members, and sends a station's frames on one.
		return append(args, "lacp=off", "bond_mode=balance-slb")
	}
	return append(args, "lacp="+mode, "other_config:lacp-time="+rate, "bond_mode=balance-tcp",
		"other_config:bond-rebalance-interval=1000")
}

// startOVS starts an Open vSwitch whose bridge br0 has a bond lag0 of the members.
func startOVS(t testing.TB, ns *netlab.NS, cfg ovsConfig) *ovs {
	t.Helper()
	for path, value := range map[string]string{
		"ipv6/conf/all/disable_ipv6": "1", "ipv6/conf/default/disable_ipv6": "1",
		"ipv4/conf/all/arp_ignore": "1", "ipv4/conf/all/arp_announce": "2", "ipv4/conf/all/rp_filter": "0",
	} {
		setSysctl(t, ns, path, value)
	}
	for _, name := range cfg.members {
		// The datapath also leaves the frames to the host's stack.
		ns.Run(t, "ip", "link", "set", "dev", name, "arp", "off")
	}
	o := &ovs{netlab.StartOVS(t, ns)}
	id := cfg.id
	if id == 0 {
		id = 2
	}
	mac := fmt.Sprintf("0a:00:00:00:09:%02x", id)
	args := []string{"add-br", ovsBridge, "--", "set", "bridge", ovsBridge, "datapath_type=netdev", "other_config:hwaddr=" + mac, "--"}
	o.Set(t, append(args, cfg.bond()...)...)
	ns.AddAddr(t, ovsBridge, fmt.Sprintf("10.9.0.%d/24", id))
	ns.Up(t, ovsBridge)
	return o
}

func setSysctl(t testing.TB, ns *netlab.NS, path, value string) {
	t.Helper()
	ns.Must(t, func() error { return os.WriteFile("/proc/sys/net/"+path, []byte(value), 0) })
}

// distributing reports whether Open vSwitch and its partner both use a link.
func distributing(m netlab.OVSMember) bool {
	return m.Enabled && m.Actor["collecting"] && m.Actor["distributing"] &&
		m.Partner["synchronized"] && m.Partner["collecting"]
}
