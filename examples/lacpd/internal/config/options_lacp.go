package config

import (
	"cmp"
	"net"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// lacpOptions are the finer keys of protocol LACP.
var lacpOptions = []option{
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
}
