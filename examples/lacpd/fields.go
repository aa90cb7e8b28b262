package main

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// bondField reads the value of one key into b; false if there is no such key.
func (r *configReader) bondField(b *bondConfig, key string, v ast.Node) bool {
	switch key {
	case "name":
		b.at.name = line(v)
		b.Name = r.scalar(v, key, nameRule, validName)
	case "description":
		b.Description = r.scalar(v, key, "text", func(string) bool { return true })
	case "protocol":
		r.scalar(v, key, "LACP, FAILOVER, LOADBALANCE, ROUNDROBIN, BROADCAST or NONE", func(s string) (ok bool) {
			mode, err := bond.ParseMode(s)
			b.Mode = mode
			return err == nil
		})
	case "ports":
		for _, n := range r.sequence(v, key, "a list of one or more interfaces") {
			if name := r.scalar(n, key, nameRule, validName); name != "" {
				b.Ports = append(b.Ports, name)
				b.at.ports = append(b.at.ports, line(n))
			}
		}
	case "lacp_active":
		b.Passive = !r.boolean(v, key)
	case "lacpdu_rate":
		r.scalar(v, key, "SLOW or FAST", func(s string) bool {
			rate, err := bond.ParseRate(s)
			b.Rate = rate
			return err == nil
		})
	case "xmit_hash_policy":
		r.scalar(v, key, "LAYER2, LAYER2+3, LAYER3+4, ENCAP2+3, ENCAP3+4, VLAN+SRCMAC or FLOW", func(s string) bool {
			policy, err := hash.ParsePolicy(s)
			b.Hash = policy
			return err == nil
		})
	case "mtu":
		r.scalar(v, key, "1492 to 9216", func(s string) bool {
			mtu, err := strconv.Atoi(s)
			b.MTU = mtu
			return err == nil && mtu >= bond.MinMTU && mtu <= bond.MaxMTU
		})
	case "addresses":
		r.addresses(b, v)
	case "min_links":
		b.MinLinks = r.number(v, key, 0, maxPorts)
	case "max_links":
		b.MaxLinks = r.number(v, key, 0, maxPorts)
	case "ad_select":
		r.scalar(v, key, "stable, bandwidth, count or port-priority", func(s string) bool {
			policy, err := lacp.ParsePolicy(s)
			b.AggregatorPolicy = policy
			return err == nil
		})
	case "lacp_fallback":
		r.scalar(v, key, "none, one or all", func(s string) bool {
			fallback, err := lacp.ParseFallback(s)
			b.Fallback = fallback
			return err == nil
		})
	case "lacp_fallback_timeout":
		b.FallbackTimeout = time.Duration(r.number(v, key, 0, 3600)) * time.Second
	case "primary":
		b.at.primary = line(v)
		b.Primary = r.scalar(v, key, nameRule, validName)
	case "updelay":
		b.UpDelay = time.Duration(r.number(v, key, 0, maxDelay)) * time.Millisecond
	case "downdelay":
		b.DownDelay = time.Duration(r.number(v, key, 0, maxDelay)) * time.Millisecond
	case "coupled_control":
		b.CoupledControl = r.boolean(v, key)
	case "aggregate_wait":
		b.AggregateWait = time.Duration(r.number(v, key, 0, maxAggregateWait)) * time.Millisecond
		if b.AggregateWait == 0 {
			b.AggregateWait = -1
		}
	default:
		return false
	}
	return true
}

// maxAggregateWait is the longest time to wait for other links, in milliseconds:
// that of the standard.
const maxAggregateWait = int(lacp.AggregateWaitTime / time.Millisecond)

// maxDelay is the longest up or down delay, in milliseconds.
const maxDelay = 3600_000

func (r *configReader) boolean(v ast.Node, key string) bool {
	n, ok := v.(*ast.BoolNode)
	if !ok {
		r.refuse(line(v), key, valueText(v), "true or false")
		return false
	}
	return n.Value
}

// number reads a whole number.
func (r *configReader) number(v ast.Node, key string, least, most int) (n int) {
	r.scalar(v, key, strconv.Itoa(least)+" to "+strconv.Itoa(most), func(s string) bool {
		var err error
		n, err = strconv.Atoi(s)
		return err == nil && n >= least && n <= most
	})
	return n
}

func (r *configReader) addresses(b *bondConfig, v ast.Node) {
	if s, ok := v.(*ast.SequenceNode); ok && len(s.Values) == 0 {
		return
	}
	for _, n := range r.sequence(v, "addresses", "a list of addresses such as 192.0.2.1/24") {
		var prefix netip.Prefix
		if r.scalar(n, "addresses", "an individual IP address with prefix length, such as 192.0.2.1/24 or 2001:db8::1/64", func(s string) bool {
			p, err := netip.ParsePrefix(s)
			prefix = p
			a := p.Addr()
			return err == nil && !a.IsUnspecified() && !a.IsMulticast() && !a.Is4In6()
		}) != "" {
			b.Addresses = append(b.Addresses, prefix)
			b.at.addresses = append(b.at.addresses, line(n))
		}
	}
}

const nameRule = "1 to 15 printable ASCII characters without space, / : %"

// validName says whether the kernel takes a name as it is: it refuses "/", ":"
// and white space, and "%" makes a pattern of it.
func validName(s string) bool {
	if len(s) == 0 || len(s) > 15 || s == "." || s == ".." {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune("/:%", c) })
}
