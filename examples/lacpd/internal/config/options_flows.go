package config

import (
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
)

var balancing = []bond.Mode{bond.ModeLACP, bond.ModeLoadBalance, bond.ModeSLB}

// flowOptions are the finer keys about which link a flow takes.
var flowOptions = []option{
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
}
