package config

import (
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond"
)

var onlyRoundRobin = []bond.Mode{bond.ModeRoundRobin}

// otherOptions are further keys that few users need.
var otherOptions = []option{
	{
		key: "admin_down", standard: "false",
		help:  "take the bond out of use: the ports stay, carry no data, and tell their partners so",
		kind:  boolean(func(c *Bond, on bool) { c.More.AdminDown = on }),
		apply: func(c *Bond, to *bond.Config) { to.AdminDown = c.More.AdminDown },
	},
	{
		key: "min_links_down", standard: "0",
		help:  "once the bond has had min_links links, it keeps working with at least this many; 0 means min_links",
		kind:  number(0, maxPorts, func(c *Bond, n int) { c.More.MinLinksDown = n }),
		apply: func(c *Bond, to *bond.Config) { to.MinLinksDown = c.More.MinLinksDown },
	},
	{
		key: "min_bandwidth", standard: "0",
		help:    "sum of the links' speeds that the bond needs to carry data, in Mb/s; an unknown speed counts as none",
		foreign: []string{"minimum-bandwidth"},
		kind:    number(0, 100_000_000, func(c *Bond, n int) { c.More.MinBandwidth = uint32(n) }),
		apply:   func(c *Bond, to *bond.Config) { to.MinBandwidth = c.More.MinBandwidth },
	},
	{
		key: "data_plane", standard: PlaneUser,
		help: "what carries the frames: this process (user), programs in the kernel, which are faster and go on while lacpd restarts (ebpf), " +
			"the kernel's team driver, which goes on too (team), or the first of ebpf, team and user that the kernel and the other settings allow (auto)",
		foreign: []string{"datapath"},
		kind:    oneOf(planes, nil, func(c *Bond, i int) { c.DataPlane = planes[i] }),
	},
	{
		key: "primary_reselect", standard: "ALWAYS", modes: onlyFailover,
		help:    "when the bond goes back to a better port",
		aliases: []string{"primary-reselect-policy"},
		kind: choice([]string{"ALWAYS", "BETTER", "FAILURE"}, nil,
			func(c *Bond, s string) (err error) { c.More.Reselect, err = bond.ParseReselect(s); return err }),
		apply: func(c *Bond, to *bond.Config) { to.Reselect = c.More.Reselect },
	},
	{
		key: "mac_policy", standard: "ALL", modes: onlyFailover,
		help:    "which ports carry the bond's MAC address",
		foreign: []string{"fail-over-mac", "fail-over-mac-policy"},
		kind: oneOf([]string{"ALL", "ACTIVE"}, map[string]string{"none": "ALL", "0": "ALL", "1": "ACTIVE", "follow": "ACTIVE", "2": "ACTIVE"},
			func(c *Bond, i int) { c.More.MACPolicy = bond.MACPolicy(i) }),
		apply: func(c *Bond, to *bond.Config) { to.MACPolicy = c.More.MACPolicy },
	},
	{
		key: "failover_priority", modes: onlyFailover,
		help:    "priority of single ports, such as {eth1: 10}; of the ports whose link is up, the one with the highest takes over; others have 0",
		foreign: []string{"prio"},
		kind: perPort("-32768 to 32767 for each port, such as {eth1: 10}", func(c *Bond, port, s string) bool {
			n, err := strconv.ParseInt(s, 10, 16)
			set(&c.More.Priorities, port, int(n))
			return err == nil
		}),
		apply: func(c *Bond, to *bond.Config) { to.Priorities = c.More.Priorities },
	},
	{
		key: "packets_per_port", standard: "1", modes: onlyRoundRobin,
		help:    "frames sent on a port before the next port's turn",
		aliases: []string{"packets-per-slave", "packets-per-member"},
		kind:    number(1, 65535, func(c *Bond, n int) { c.More.PacketsPerMember = n }),
		apply:   func(c *Bond, to *bond.Config) { to.PacketsPerMember = c.More.PacketsPerMember },
	},
	{
		key:     "announce",
		help:    "further IP addresses behind the bond, to be announced after a change, each with its prefix length",
		foreign: []string{"arp-notify"},
		kind: list("a list of addresses such as [192.0.2.1/24]", func(c *Bond, s string, _ Position) string {
			p, refused := parseAddress(s)
			if refused == "" {
				c.More.Announce = append(c.More.Announce, p)
			}
			return refused
		}),
		apply: func(c *Bond, to *bond.Config) { to.Announce = c.More.Announce },
	},
	{
		key: "announce_count", standard: "1",
		help:    "how many times each address behind the bond is announced after a change; 0 means never",
		aliases: []string{"num-grat-arp", "num-unsol-na", "num-peer-notif", "gratuitous-arp"},
		kind: number(0, 255, func(c *Bond, n int) {
			if c.More.AnnounceCount = n; n == 0 {
				c.More.AnnounceCount = -1
			}
		}),
		apply: func(c *Bond, to *bond.Config) { to.AnnounceCount = c.More.AnnounceCount },
	},
	{
		key: "announce_interval", standard: "200",
		help:    "milliseconds between announcements of one address",
		aliases: []string{"peer-notif-delay"},
		kind: number(1, 60000, func(c *Bond, n int) {
			c.More.AnnounceInterval = time.Duration(n) * time.Millisecond
		}),
		apply: func(c *Bond, to *bond.Config) { to.AnnounceInterval = c.More.AnnounceInterval },
	},
	{
		key: "rejoin_count", standard: "1", modes: onlyFailover,
		help:    "how many times the host reports its multicast groups after a change of port, announce_interval apart; 0 means never",
		aliases: []string{"resend-igmp"},
		kind: number(0, 255, func(c *Bond, n int) {
			if c.More.RejoinCount = n; n == 0 {
				c.More.RejoinCount = -1
			}
		}),
		apply: func(c *Bond, to *bond.Config) { to.RejoinCount = c.More.RejoinCount },
	},
	{
		key: "receive", standard: "ALL",
		help: "which frames the ports are asked to receive: ALL makes them promiscuous; ADDRESSED asks for frames to the bond and to groups. It takes effect when a port is opened",
		kind: oneOf([]string{"ALL", "ADDRESSED"}, map[string]string{"promisc": "ALL", "promiscuous": "ALL"},
			func(c *Bond, i int) { c.Open.Receive = bond.ReceivePolicy(i) }),
	},
	{
		key: "receive_ring", standard: "false",
		help: "with data_plane user, receive from memory shared with the kernel, 4 MiB for each port: short frames cost less. It takes effect when a port is opened",
		kind: boolean(func(c *Bond, on bool) { c.Open.ReceiveRing = on }),
	},
	{
		key: "hardware_offload", standard: "AUTO",
		help:    "whether the host may hand bond0 large segments, which the ports' drivers finish; AUTO allows it if no port is virtual. It takes effect at the start",
		foreign: []string{"offload", "tso", "gso"},
		kind: oneOf([]string{"AUTO", "ON", "OFF"}, map[string]string{"true": "ON", "yes": "ON", "false": "OFF", "no": "OFF"},
			func(c *Bond, i int) { c.Open.Offload = bond.OffloadMode(i) }),
	},
	{
		key: "queues", standard: "1",
		help: "number of queues of the device; one goroutine reads each. It takes effect at the start",
		kind: number(1, maxQueues, func(c *Bond, n int) { c.Open.Queues = n }),
	},
	{
		key: "carrier_poll", standard: "200",
		help: "milliseconds between two looks at a port's carrier while the kernel reports nothing. It takes effect when a port is opened",
		kind: number(1, 200, func(c *Bond, n int) { c.Open.CarrierPoll = time.Duration(n) * time.Millisecond }),
	},
	{
		key: "allow_host_stack", standard: "false",
		help: "use a port even if the kernel can't keep its frames from the host's own IP stack, which may then answer twice. It takes effect when a port is opened",
		kind: boolean(func(c *Bond, on bool) { c.Open.AllowHostStack = on }),
	},
	{
		key: "allow_replace", standard: "false",
		help: "let a reload change the protocol of this bond, or put it in the place of a running bond that the file no longer has; traffic stops meanwhile",
		kind: boolean(func(c *Bond, on bool) { c.AllowReplace = on }),
	},
}
