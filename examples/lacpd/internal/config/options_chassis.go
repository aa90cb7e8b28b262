package config

import (
	"net/netip"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// sectionKey is the key of the section next to "bonds".
const sectionKey = "chassis"

// storePrefix begins the names of the keys of the mapping "store".
const storePrefix = "store."

// chassisOptions are the keys of the section "chassis". Those of the mapping "store" in it have its name
// and a dot in front.
var chassisOptions = []entry[Chassis]{
	{
		key: "group", required: true,
		help: "name of the group of boxes; all of them have the same",
		kind: text(nameAllowed, func(c *Chassis, s string) bool { c.Group = s; return validID(s) }),
	},
	{
		key: "name", required: true,
		help: "name of this box in the group",
		kind: text(nameAllowed, func(c *Chassis, s string) bool { c.Name = s; return validID(s) }),
	},
	{
		key:  "number",
		help: "number of this box in the group: the upper 4 bits of its LACP port numbers; without it, the store gives it the lowest free one and keeps that",
		kind: number(1, 15, func(c *Chassis, n int) { c.Number = n }),
	},
	{
		key: "hold", standard: "1s",
		help: "how long this box may carry data without hearing of the store or of all others; another one takes over no sooner; the same on all boxes",
		kind: duration(leastHold, mostHold, func(c *Chassis, d time.Duration) { c.Hold = d }),
	},
	{
		key:  "heartbeat",
		help: "addresses of this box for heartbeats (UDP), one for each path to the others; port 7000 unless another one follows",
		kind: list(addressesAllowed, func(c *Chassis, s string, _ Position) string {
			a, ok := heartbeatAddress(s)
			c.Heartbeat = append(c.Heartbeat, a)
			return refusedUnless(ok && len(c.Heartbeat) <= mostPaths, addressesAllowed)
		}),
	},
	{
		key:  "peers",
		help: "the other boxes of the group and their heartbeat addresses, in the order of heartbeat, such as {head-b: [10.0.0.2, 192.168.7.2]}",
		kind: kindOf[Chassis]{peersAllowed, readPeers},
	},
	{
		key:  "heartbeat_secret",
		help: "file with the secret that authenticates heartbeats, at least 16 octets; the same on all boxes; only its owner may read it",
		kind: file(func(c *Chassis) *string { return &c.SecretFile }),
	},
	{
		key:  storePrefix + "etcd",
		help: "the members of the etcd cluster that holds which box is active; the nearest first",
		kind: list(urlsAllowed, func(c *Chassis, s string, _ Position) string {
			c.Store.Etcd = append(c.Store.Etcd, s)
			return refusedUnless(validEndpoint(s) && len(c.Store.Etcd) <= 9, urlsAllowed)
		}),
	},
	{
		key:  storePrefix + "ca",
		help: "file with the certificates of the authorities that sign those of etcd; without it, those of the host",
		kind: file(func(c *Chassis) *string { return &c.Store.CA }),
	},
	{
		key:  storePrefix + "cert",
		help: "file with the certificate that this box shows etcd",
		kind: file(func(c *Chassis) *string { return &c.Store.Cert }),
	},
	{
		key:  storePrefix + "key",
		help: "file with the private key of store.cert; only its owner may read it",
		kind: file(func(c *Chassis) *string { return &c.Store.Key }),
	},
	{
		key:  storePrefix + "user",
		help: "file with a line name:password, for etcd with users; only its owner may read it",
		kind: file(func(c *Chassis) *string { return &c.Store.User }),
	},
	{
		key: "external", standard: "false",
		help: "the box's own high-availability engine decides, and passes that on with lacpd chassis permit and lacpd chassis stop; there is no store and there are no heartbeats",
		kind: boolean(func(c *Chassis, on bool) { c.External = on }),
	},
}

const (
	nameAllowed      = "1 to 64 letters, digits, dots, hyphens and underscores"
	addressesAllowed = "a list of 1 to 4 IP addresses such as [10.0.0.1, 192.168.7.1:7000]"
	peersAllowed     = "1 to 14 boxes with their addresses, such as {head-b: [10.0.0.2, 192.168.7.2]}"
	urlsAllowed      = "a list of 1 to 9 URLs such as [https://10.0.0.1:2379]"
	fileAllowed      = "an absolute path such as /etc/lagkit/secret"
)

// validID reports whether s can be the name of a group, a chassis or a LAG. A store has it as a part of
// its keys.
func validID(s string) bool {
	return s != "" && len(s) <= mostName && s != "." && s != ".." && !strings.ContainsFunc(s, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._-", c))
	})
}

// heartbeatAddress parses an address with or without a port.
func heartbeatAddress(s string) (netip.AddrPort, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.AddrPortFrom(a, heartbeatPort), !a.IsUnspecified() && !a.IsMulticast()
	}
	a, err := netip.ParseAddrPort(s)
	return a, err == nil && a.Port() != 0 && !a.Addr().IsUnspecified() && !a.Addr().IsMulticast()
}

func validEndpoint(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Port() != "" &&
		u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}

// file accepts the name of a file.
func file(field func(c *Chassis) *string) kindOf[Chassis] {
	return text(fileAllowed, func(c *Chassis, s string) bool {
		*field(c) = s
		return path.IsAbs(s) && len(s) < 4096
	})
}

// refusedUnless returns what is allowed if a value is not valid, and "" otherwise.
func refusedUnless(valid bool, allowed string) string {
	if valid {
		return ""
	}
	return allowed
}

// readPeers reads the other chassis.
func readPeers(r *reader, c *Chassis, key string, n ast.Node) {
	r.mapping(n, key, peersAllowed, func(name string, at Position, v ast.Node) {
		if !validID(name) || len(c.Peers) == mostPeers {
			r.problems.Refuse(at, key, quoted(name), peersAllowed)
			return
		}
		set(&c.Peers, name, nil)
		for _, v := range r.values(v, key, addressesAllowed) {
			a, ok := heartbeatAddress(v.text)
			if !ok || len(c.Peers[name]) == mostPaths {
				r.problems.Refuse(v.at, key, quoted(v.text), addressesAllowed)
				continue
			}
			c.Peers[name] = append(c.Peers[name], a)
		}
	})
}
