package config

import (
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

var (
	onlyLACP     = []bond.Mode{bond.ModeLACP}
	onlyFailover = []bond.Mode{bond.ModeFailover}
	hashing      = []bond.Mode{bond.ModeLACP, bond.ModeLoadBalance}
)

// options are the keys of a bond in the order of the documentation: commonOptions, which most
// users need, then the rest.
var options = slices.Concat(commonOptions, lacpOptions, flowOptions, otherOptions, lagOptions)

var commonOptions = []option{
	{
		key: "name", required: true,
		help:    "name of the bond and of the device the host gets",
		aliases: []string{"ifname", "interface-name"},
		foreign: []string{"bond", "device"},
		kind: text(nameRule, func(c *Bond, s string) bool {
			c.Name = s
			return validName(s)
		}),
	},
	{
		key:     "description",
		help:    "a remark, which tools such as ip link show as the device's alias",
		foreign: []string{"comment", "alias"},
		kind: text("printable text of at most 255 octets", func(c *Bond, s string) bool {
			c.Description = s
			return len(s) <= 255 && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
		}),
		apply: func(c *Bond, to *bond.Config) { to.Description = c.Description },
	},
	{
		key: "protocol", standard: "LACP",
		help:    "how links are chosen and frames are spread; the names and numbers of Linux bonding modes also work",
		aliases: []string{"mode", "lag_protocol"},
		foreign: []string{"bonding-mode"},
		kind: choice([]string{"LACP", "FAILOVER", "LOADBALANCE", "ROUNDROBIN", "RANDOM", "BROADCAST", "SLB", "NONE"}, foreignModes,
			func(c *Bond, s string) (err error) { c.Mode, err = bond.ParseMode(s); return err }),
		apply: func(c *Bond, to *bond.Config) { to.Mode = c.Mode },
	},
	{
		key: "ports", required: true,
		help:    "the interfaces, by name or alternative name; the hash numbers them in this order",
		aliases: []string{"interfaces", "lag_ports", "slaves", "members"},
		foreign: []string{"port", "links", "nics"},
		kind: list("a list of one or more interfaces, such as [eth1, eth2]", func(c *Bond, s string, at Position) string {
			if !ValidPort(s) {
				return PortRule
			}
			c.Ports, c.at.ports = append(c.Ports, s), append(c.at.ports, at)
			return ""
		}),
	},
	{
		key: "lacp_active", standard: "true", modes: onlyLACP,
		help:    "start LACP; with false, only answer a partner that starts it",
		foreign: []string{"active", "lacp_mode", "lacp-activity"},
		kind:    boolean(func(c *Bond, on bool) { c.LACP.Passive = !on }),
		apply:   func(c *Bond, to *bond.Config) { to.Passive = c.LACP.Passive },
	},
	{
		key: "lacpdu_rate", standard: "SLOW", modes: onlyLACP,
		help:    "how often the partner is asked to send LACPDUs: SLOW every 30 s (lost after 90 s), FAST every second (lost after 3 s)",
		aliases: []string{"lacp_rate", "lacp-transmit-rate"},
		foreign: []string{"rate", "lacp-period", "lacp-timeout"},
		kind: choice([]string{"SLOW", "FAST"}, foreignRates,
			func(c *Bond, s string) (err error) { c.LACP.Rate, err = bond.ParseRate(s); return err }),
		apply: func(c *Bond, to *bond.Config) { to.Rate = c.LACP.Rate },
	},
	{
		key: "xmit_hash_policy", standard: "LAYER2+3", modes: hashing,
		help:    "which header fields of a frame choose its link",
		aliases: []string{"transmit-hash-policy"},
		foreign: []string{"hash-policy", "hash", "lagghash"},
		kind: choice([]string{"LAYER2", "LAYER2+3", "LAYER3+4", "ENCAP2+3", "ENCAP3+4", "VLAN+SRCMAC", "FLOW"}, foreignPolicies,
			func(c *Bond, s string) (err error) { c.Hash, err = hash.ParsePolicy(s); return err }),
		apply: func(c *Bond, to *bond.Config) { to.Hash = c.Hash },
	},
	{
		key: "mtu", standard: "1500",
		help:    "MTU of the device and the ports: octets of payload in a frame",
		aliases: []string{"mtu-bytes"},
		kind:    number(bond.MinMTU, bond.MaxMTU, func(c *Bond, n int) { c.MTU = n }),
		apply:   func(c *Bond, to *bond.Config) { to.MTU = c.MTU },
	},
	{
		key:     "addresses",
		help:    "IP addresses of the device, each with its prefix length",
		aliases: []string{"address"},
		foreign: []string{"aliases", "ip", "ip-address", "ip-addresses", "ipv4", "ipv6"},
		kind:    list("a list of addresses such as [192.0.2.1/24]", readAddress),
		apply:   func(c *Bond, to *bond.Config) { to.Addresses = c.Addresses },
	},
	{
		key:     "gateway",
		help:    "the router of the default route, in a network of addresses; one for IPv4, one for IPv6, or both",
		foreign: []string{"gateway4", "gateway6", "default-gateway"},
		kind:    list("the address of a router such as 192.0.2.254, or a list of one for IPv4 and one for IPv6", readGateway),
	},
	{
		key:     "routes",
		help:    "routes over the device: network, router (\"via\") and metric; mappings of to, via and metric also work",
		foreign: []string{"route", "static-routes", "up"},
		kind:    kind{routesAllowed, readRoutes},
		apply:   func(c *Bond, to *bond.Config) { to.Routes = c.allRoutes() },
	},
	{
		key:     "mac",
		help:    "MAC address of the device and the ports; without it, that of the first port at the start",
		aliases: []string{"macaddress", "hwaddress", "cloned-mac-address"},
		foreign: []string{"ethernet-mac-address", "ether"},
		kind:    macKind(func(c *Bond, addr net.HardwareAddr) { c.More.HardwareAddr = addr }),
		apply: func(c *Bond, to *bond.Config) {
			if c.More.HardwareAddr != nil { // else the bond keeps the one it has
				to.HardwareAddr = c.More.HardwareAddr
			}
		},
	},
	{
		key: "min_links", standard: "0",
		help:    "how many links must be able to carry data before the bond carries any",
		foreign: []string{"minimum-links", "lacp-min-links"},
		kind:    number(0, maxPorts, func(c *Bond, n int) { c.MinLinks = n }),
		apply:   func(c *Bond, to *bond.Config) { to.MinLinks = c.MinLinks },
	},
	{
		key: "max_links", standard: "0", modes: onlyLACP,
		help:    "how many links are used at most; the others are on standby; 0 means all",
		foreign: []string{"max-bundle", "lacp-max-bundle", "maximum-links", "max-active-links"},
		kind:    number(0, maxPorts, func(c *Bond, n int) { c.LACP.MaxLinks = n }),
		apply:   func(c *Bond, to *bond.Config) { to.LACP.MaxLinks = c.LACP.MaxLinks },
	},
	{
		key: "ad_select", standard: "stable", modes: onlyLACP,
		help:    "which group of links is used if they lead to several partners",
		foreign: []string{"aggregation-selection", "aggregator-policy"},
		kind: choice([]string{"stable", "bandwidth", "count", "port-priority"}, nil, func(c *Bond, s string) (err error) {
			c.LACP.AggregatorPolicy, err = lacp.ParseAggregatorPolicy(strings.ToLower(s))
			return err
		}),
		apply: func(c *Bond, to *bond.Config) { to.LACP.Policy = c.LACP.AggregatorPolicy },
	},
	{
		key: "port_priority", modes: onlyLACP,
		help:    "LACP priority of single ports, such as {eth1: 100}; max_links and ad_select prefer the lowest; other ports have 32768",
		foreign: []string{"port-priorities", "ad-actor-port-prio", "actor-port-prio", "lacp-port-priority", "priority"},
		kind:    perPort("1 to 65535 for each port, such as {eth1: 100}", readPriority),
		apply:   func(c *Bond, to *bond.Config) { to.PortPriority = maps.Clone(c.LACP.PortPriority) },
	},
	{
		key: "lacp_fallback", standard: "none", modes: onlyLACP,
		help:    "which links carry data while the partner does not speak LACP",
		foreign: []string{"fallback", "lacp-individual", "lacp-bypass"},
		kind: choice([]string{"none", "one", "all"}, foreignFallbacks, func(c *Bond, s string) (err error) {
			c.LACP.Fallback, err = lacp.ParseFallback(strings.ToLower(s))
			return err
		}),
		apply: func(c *Bond, to *bond.Config) { to.LACP.Fallback = c.LACP.Fallback },
	},
	{
		key: "lacp_fallback_timeout", standard: "0", modes: onlyLACP,
		help:    "seconds without LACPDUs before lacp_fallback begins",
		foreign: []string{"fallback-timeout"},
		kind: number(0, 3600, func(c *Bond, n int) {
			c.LACP.FallbackTimeout = time.Duration(n) * time.Second
		}),
		apply: func(c *Bond, to *bond.Config) { to.LACP.FallbackTimeout = c.LACP.FallbackTimeout },
	},
	{
		key: "primary", modes: onlyFailover,
		help:    "the port that is used whenever its link is up",
		foreign: []string{"primary-slave", "primary-port", "active-slave"},
		kind: text("one of the ports", func(c *Bond, s string) bool {
			c.Failover.Primary = s
			return ValidPort(s)
		}),
		apply: func(c *Bond, to *bond.Config) { to.Primary = c.Failover.Primary },
	},
	{
		key: "updelay", standard: "0",
		help:    "milliseconds a link has to be up before it is used",
		foreign: []string{"up-delay-sec"},
		kind:    number(0, maxDelay, func(c *Bond, n int) { c.UpDelay = time.Duration(n) * time.Millisecond }),
		apply:   func(c *Bond, to *bond.Config) { to.UpDelay = c.UpDelay },
	},
	{
		key: "downdelay", standard: "0",
		help:    "milliseconds a link has to be down before it is given up",
		foreign: []string{"down-delay-sec"},
		kind:    number(0, maxDelay, func(c *Bond, n int) { c.DownDelay = time.Duration(n) * time.Millisecond }),
		apply:   func(c *Bond, to *bond.Config) { to.DownDelay = c.DownDelay },
	},
	{
		key: "coupled_control", standard: "false", modes: onlyLACP,
		help:  "a link starts to receive and to send at the same time; with false it sends only once the partner receives",
		kind:  boolean(func(c *Bond, on bool) { c.LACP.CoupledControl = on }),
		apply: func(c *Bond, to *bond.Config) { to.CoupledControl = c.LACP.CoupledControl },
	},
	{
		key: "aggregate_wait", standard: "2000", modes: onlyLACP,
		help:    "milliseconds a link waits for others before it joins",
		foreign: []string{"aggregate-wait-time"},
		kind: number(0, maxAggregateWait, func(c *Bond, n int) {
			c.LACP.AggregateWait = time.Duration(n) * time.Millisecond
			if n == 0 {
				c.LACP.AggregateWait = -1
			}
		}),
		apply: func(c *Bond, to *bond.Config) { to.AggregateWait = c.LACP.AggregateWait },
	},
}

// readPriority sets the LACP priority of a port. It reports whether s is valid.
func readPriority(c *Bond, port, s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return false
	}
	set(&c.LACP.PortPriority, port, uint16(n))
	return true
}

// set puts a value into a map that may be nil.
func set[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[key] = v
}

const (
	// maxPorts is the most ports a bond can have.
	maxPorts = 256

	// maxQueues is the most queues a device can have.
	maxQueues = 256

	// maxDelay is the longest up or down delay, in milliseconds.
	maxDelay = 3600_000

	// maxAggregateWait is the longest time to wait for other links, in
	// milliseconds. It is the standard's value.
	maxAggregateWait = int(lacp.AggregateWaitTime / time.Millisecond)
)

// The rules for the names of bonds and ports.
const (
	nameRule = "1 to 15 printable ASCII characters without space, / : %"
	PortRule = "1 to 127 printable ASCII characters without space or /"
)

// validName reports whether the kernel accepts a name unchanged. It refuses "/", ":"
// and white space, and takes a name with "%" as a pattern.
func validName(s string) bool {
	return len(s) <= 15 && ValidPort(s) && !strings.ContainsAny(s, ":%")
}

// ValidPort reports whether s can be the name or an alternative name of an interface.
func ValidPort(s string) bool {
	if len(s) == 0 || len(s) > 127 || s == "." || s == ".." {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' || c == '/' })
}
