package config

import (
	"cmp"
	"net"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

var (
	onlyRoundRobin = []bond.Mode{bond.ModeRoundRobin}
	balancing      = []bond.Mode{bond.ModeLACP, bond.ModeLoadBalance, bond.ModeSLB}
)

// moreOptions are keys that few users need.
var moreOptions = []option{
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
		key: "system_mac", modes: onlyLACP,
		help:    "MAC address in the LACP System Identifier; without it, the bond's own",
		aliases: []string{"ad-actor-system"},
		foreign: []string{"actor-system", "system-id-mac"},
		kind:    macKind(func(c *Bond, addr net.HardwareAddr) { c.More.SystemAddr = addr }),
		apply:   func(c *Bond, to *bond.Config) { to.SystemAddr = c.More.SystemAddr },
	},
	{
		key: "system_priority", standard: "32768", modes: onlyLACP,
		help:    "priority in the LACP System Identifier; the system with the lower identifier decides about standby links",
		aliases: []string{"ad-actor-sys-prio", "ad-actor-system-priority"},
		foreign: []string{"actor-system-priority", "lacp-system-priority"},
		kind:    number(1, 65535, func(c *Bond, n int) { c.More.SystemPriority = uint16(n) }),
		apply:   func(c *Bond, to *bond.Config) { to.SystemPriority = c.More.SystemPriority },
	},
	{
		key: "port_base", standard: "0", modes: onlyLACP,
		help:  "added to the LACP port numbers, which start at 1; for boxes that share a system_mac",
		kind:  number(0, 65279, func(c *Bond, n int) { c.More.PortBase = uint16(n) }),
		apply: func(c *Bond, to *bond.Config) { to.PortBase = c.More.PortBase },
	},
	{
		key: "lacp_key", standard: "1", modes: onlyLACP,
		help:    "LACP key of the bond; links of different speed get different keys made from it",
		aliases: []string{"ad-user-port-key"},
		foreign: []string{"actor-admin-key", "actor-key"},
		kind:    number(1, 1023, func(c *Bond, n int) { c.More.Key = lacp.Key(n) }),
		apply:   func(c *Bond, to *bond.Config) { to.Key = cmp.Or(c.More.Key, 1) },
	},
	{
		key: "port_key", modes: onlyLACP,
		help: "LACP key of single ports, such as {eth1: 2}; links with different keys do not form one group; other ports have lacp_key",
		kind: perPort("1 to 1023 for each port, such as {eth1: 2}", func(c *Bond, port, s string) bool {
			n, err := strconv.ParseUint(s, 10, 16)
			if err != nil || n == 0 || n > 1023 {
				return false
			}
			set(&c.More.Keys, port, lacp.Key(n))
			return true
		}),
		apply: func(c *Bond, to *bond.Config) { to.Keys = c.More.Keys },
	},
	{
		key: "port_rate", modes: onlyLACP,
		help: "how often the partner is asked to send LACPDUs on single ports, such as {eth1: FAST}; others have lacpdu_rate",
		kind: perPort("SLOW or FAST for each port, such as {eth1: FAST}", func(c *Bond, port, s string) bool {
			rate, err := bond.ParseRate(s)
			set(&c.More.Rates, port, rate)
			return err == nil
		}),
		apply: func(c *Bond, to *bond.Config) { to.Rates = c.More.Rates },
	},
	{
		key: "timeout_multiplier", standard: "3", modes: onlyLACP,
		help:  "how many LACPDUs of the partner may be missing before it counts as lost",
		kind:  number(1, 20, func(c *Bond, n int) { c.More.LACP.TimeoutMultiplier = uint8(n) }),
		apply: func(c *Bond, to *bond.Config) { to.LACP.TimeoutMultiplier = c.More.LACP.TimeoutMultiplier },
	},
	{
		key: "wait_to_restore", standard: "0", modes: onlyLACP,
		help:  "seconds that a recovered link stays on standby while another link can be used",
		kind:  number(0, 3600, func(c *Bond, n int) { c.More.LACP.WaitToRestore = time.Duration(n) * time.Second }),
		apply: func(c *Bond, to *bond.Config) { to.LACP.WaitToRestore = c.More.LACP.WaitToRestore },
	},
	{
		key: "non_revertive", standard: "false", modes: onlyLACP,
		help:  "with max_links, a recovered link does not displace a link in use",
		kind:  boolean(func(c *Bond, on bool) { c.More.LACP.NonRevertive = on }),
		apply: func(c *Bond, to *bond.Config) { to.LACP.NonRevertive = c.More.LACP.NonRevertive },
	},
	{
		key: "resilient", standard: "true", modes: hashing,
		help:  "the loss of a link moves only its own flows; with false it moves most flows, as in the Linux bonding driver",
		kind:  boolean(func(c *Bond, on bool) { c.Modulo = !on }),
		apply: func(c *Bond, to *bond.Config) { to.Resilient = !c.Modulo },
	},
	{
		key: "port_weight", modes: hashing,
		help: "shares of the flows of single ports relative to the others, such as {eth1: 4}; others have 1, or their speed with weight_by_speed",
		kind: perPort("1 to 10000 for each port, such as {eth1: 4}", func(c *Bond, port, s string) bool {
			n, err := strconv.ParseUint(s, 10, 16)
			if err != nil || n == 0 || n > 10000 {
				return false
			}
			set(&c.More.Weights, port, uint16(n))
			return true
		}),
		apply: func(c *Bond, to *bond.Config) { to.Weights = c.More.Weights },
	},
	{
		key: "weight_by_speed", standard: "false", modes: hashing,
		help:  "faster ports get more flows",
		kind:  boolean(func(c *Bond, on bool) { c.More.WeightBySpeed = on }),
		apply: func(c *Bond, to *bond.Config) { to.WeightBySpeed = c.More.WeightBySpeed },
	},
	{
		key: "balance_interval", standard: "0", modes: balancing,
		help:    "seconds between two checks of the ports' load; each may move flows from busy ports to idle ones; 0 means never, 10 is right for most",
		foreign: []string{"rebalance-interval", "balancing-interval", "tx-balancer"},
		kind:    number(0, 3600, func(c *Bond, n int) { c.More.Balance = time.Duration(n) * time.Second }),
		apply:   func(c *Bond, to *bond.Config) { to.Balance = c.More.Balance },
	},
	{
		key: "data_plane", standard: PlaneUser,
		help: "what carries the frames: this process (user), programs in the kernel, which are faster and go on while lacpd restarts (ebpf), " +
			"the kernel's team driver, which goes on too (team), or the first of ebpf, team and user that the kernel and the other settings allow (auto)",
		foreign: []string{"datapath"},
		kind: oneOf(planes, nil, func(c *Bond, i int) { c.DataPlane = planes[i] }),
	},
	{
		key: "hash_symmetric", standard: "false", modes: hashing,
		help:  "with xmit_hash_policy FLOW, both directions of a conversation get the same number",
		kind:  boolean(func(c *Bond, on bool) { c.More.HashOptions.Symmetric = on }),
		apply: func(c *Bond, to *bond.Config) { to.HashOptions.Symmetric = c.More.HashOptions.Symmetric },
	},
	{
		key: "hash_inner", standard: "false", modes: hashing,
		help:  "with xmit_hash_policy FLOW, hash the packet inside a tunnel, not the outer one",
		kind:  boolean(func(c *Bond, on bool) { c.More.HashOptions.Inner = on }),
		apply: func(c *Bond, to *bond.Config) { to.HashOptions.Inner = c.More.HashOptions.Inner },
	},
	{
		key: "hash_hardened", standard: "false", modes: hashing,
		help:  "with xmit_hash_policy FLOW, a hash that no one can aim at one link; for networks with hostile users, it takes five times as long",
		kind:  boolean(func(c *Bond, on bool) { c.More.HashOptions.Hardened = on }),
		apply: func(c *Bond, to *bond.Config) { to.HashOptions.Hardened = c.More.HashOptions.Hardened },
	},
	{
		key: "hash_tags", standard: "stripped", modes: hashing,
		help: "how the hash sees a frame's outer VLAN tag: not at all, as Linux does with VLAN devices (stripped), as XDP does (inline), or as for a packet socket (socket)",
		kind: choice([]string{"stripped", "inline", "socket"}, nil,
			func(c *Bond, s string) (err error) { c.More.HashOptions.Tags, err = hash.ParseTagView(s); return err }),
		apply: func(c *Bond, to *bond.Config) { to.HashOptions.Tags = c.More.HashOptions.Tags },
	},
	{
		key: "hash_seed", modes: hashing,
		help: "any text; xmit_hash_policy FLOW derives its key from it, or from the system's MAC address without it",
		kind: text("text", func(c *Bond, s string) bool {
			c.More.HashOptions.Seed = hash.SeedFrom([]byte(s))
			return s != ""
		}),
		apply: func(c *Bond, to *bond.Config) { to.HashOptions.Seed = c.More.HashOptions.Seed },
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
		key: "flush_timeout", standard: "20", modes: hashing,
		help: "milliseconds that frames of a flow are held at most when it moves to another link; 0 means never, and frames may arrive out of order",
		kind: number(0, 1000, func(c *Bond, n int) {
			if c.More.FlushTimeout = time.Duration(n) * time.Millisecond; n == 0 {
				c.More.FlushTimeout = -1
			}
		}),
		apply: func(c *Bond, to *bond.Config) { to.FlushTimeout = c.More.FlushTimeout },
	},
	{
		key: "dampening_half_life", standard: "0", modes: onlyLACP,
		help:  "half-life, in seconds, of the penalty of a link that flaps; each flap adds 1000; 0 keeps no link out",
		kind:  number(0, 3600, func(c *Bond, n int) { c.More.LACP.Dampening.HalfLife = time.Duration(n) * time.Second }),
		apply: func(c *Bond, to *bond.Config) { to.LACP.Dampening.HalfLife = c.More.LACP.Dampening.HalfLife },
	},
	{
		key: "dampening_suppress", standard: "2000", modes: onlyLACP,
		help:  "a link with this penalty is kept out",
		kind:  number(1, 1_000_000, func(c *Bond, n int) { c.More.LACP.Dampening.Suppress = uint32(n) }),
		apply: func(c *Bond, to *bond.Config) { to.LACP.Dampening.Suppress = c.More.LACP.Dampening.Suppress },
	},
	{
		key: "dampening_reuse", standard: "750", modes: onlyLACP,
		help:  "a link that was kept out is used again once its penalty has fallen to this, which is less than dampening_suppress",
		kind:  number(1, 1_000_000, func(c *Bond, n int) { c.More.LACP.Dampening.Reuse = uint32(n) }),
		apply: func(c *Bond, to *bond.Config) { to.LACP.Dampening.Reuse = c.More.LACP.Dampening.Reuse },
	},
	{
		key: "dampening_max", standard: "8000", modes: onlyLACP,
		help:  "the penalty grows no further; at least dampening_suppress, and 4 times that by default",
		kind:  number(1, 4_000_000, func(c *Bond, n int) { c.More.LACP.Dampening.Max = uint32(n) }),
		apply: func(c *Bond, to *bond.Config) { to.LACP.Dampening.Max = c.More.LACP.Dampening.Max },
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
