package config

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/lagkit/lagkit/bond"
)

const (
	routesAllowed = "a list of routes such as [198.51.100.0/24 via 192.0.2.254, default via 192.0.2.1 metric 100]"
	routerAllowed = "the address of a router such as 192.0.2.254"
)

// readGateway adds the router of a default route to c, or returns what is allowed.
func readGateway(c *Bond, s string, at Position) (refused string) {
	a, err := netip.ParseAddr(s)
	if err != nil || defaultRoute(a).Check() != nil {
		return routerAllowed
	}
	if slices.ContainsFunc(c.Gateways, func(g netip.Addr) bool { return g.Is4() == a.Is4() }) {
		return "one router for IPv4 and one for IPv6"
	}
	c.Gateways, c.at.gateways = append(c.Gateways, a), append(c.at.gateways, at)
	return ""
}

// defaultRoute returns the default route by a router.
func defaultRoute(gateway netip.Addr) bond.Route {
	if gateway.Is4() {
		return bond.Route{Destination: netip.PrefixFrom(netip.IPv4Unspecified(), 0), Gateway: gateway}
	}
	return bond.Route{Destination: netip.PrefixFrom(netip.IPv6Unspecified(), 0), Gateway: gateway}
}

// allRoutes returns the routes of the bond's device.
func (b *Bond) allRoutes() (routes []bond.Route) {
	for _, g := range b.Gateways {
		routes = append(routes, defaultRoute(g))
	}
	return append(routes, b.Routes...)
}

// readRoutes reads a list of routes. Each is a text as ip(8) takes it, or a mapping as netplan has
// it.
func readRoutes(r *reader, c *Bond, key string, n ast.Node) {
	nodes := []ast.Node{n}
	if _, ok := scalarText(n); !ok {
		nodes = r.sequence(n, key, routesAllowed)
	}
	for _, n := range nodes {
		n = plain(n)
		route, ok := r.route(n, key)
		if !ok {
			continue
		}
		if route.Check() != nil {
			r.problems.Refuse(position(n), key, quoted(route.String()), routeRule(route))
			continue
		}
		c.Routes, c.at.routes = append(c.Routes, route), append(c.at.routes, position(n))
	}
}

// routeRule returns what is wrong with a route.
func routeRule(route bond.Route) string {
	if d := route.Destination; d != d.Masked() {
		return "the network " + d.Masked().String()
	}
	return "a network that is no multicast network, and a router of the same address family"
}

// route reads one route. It reports whether it has the form of one.
func (r *reader) route(n ast.Node, key string) (route bond.Route, ok bool) {
	words := make(map[string]string)
	if text, isText := scalarText(n); isText {
		fields := append([]string{"to"}, strings.Fields(text)...)
		if len(fields)%2 != 0 || len(fields) > 6 {
			r.problems.Refuse(position(n), key, valueText(n), routesAllowed)
			return route, false
		}
		for pair := range slices.Chunk(fields, 2) {
			words[pair[0]] = pair[1]
		}
	} else if !r.mapping(n, key, routesAllowed, func(word string, _ Position, v ast.Node) {
		words[word], _ = scalarText(v)
	}) {
		return route, false
	}
	if route, ok = parseRoute(words); !ok {
		text := valueText(n)
		for _, word := range slices.Sorted(maps.Keys(words)) {
			if word != "to" && word != "via" && word != "metric" {
				text = quoted(word + " " + words[word])
			}
		}
		r.problems.Refuse(position(n), key, text, routesAllowed)
	}
	return route, ok
}

// parseRoute reads the words of a route.
func parseRoute(words map[string]string) (route bond.Route, ok bool) {
	ok = true
	note := func(err error) { ok = ok && err == nil }
	for word, value := range words {
		var err error
		switch word {
		case "to":
			if value != "default" {
				route.Destination, err = netip.ParsePrefix(value)
			}
		case "via":
			route.Gateway, err = netip.ParseAddr(value)
		case "metric":
			var metric uint64
			metric, err = strconv.ParseUint(value, 10, 32)
			route.Metric = uint32(metric)
		default:
			err = strconv.ErrSyntax
		}
		note(err)
	}
	if words["to"] == "default" {
		route.Destination = defaultRoute(route.Gateway).Destination
		ok = ok && route.Gateway.IsValid()
	}
	return route, ok && words["to"] != ""
}

// checkRoutes refuses routes that contradict each other or the addresses.
func (r *reader) checkRoutes(b *Bond) {
	routes, at := b.allRoutes(), slices.Concat(b.at.gateways, b.at.routes)
	for i, route := range routes {
		key, value := "routes", quoted(route.String())
		if i < len(b.Gateways) {
			key, value = "gateway", route.Gateway.String()
		}
		before := slices.IndexFunc(routes[:i], func(o bond.Route) bool { return o.Destination == route.Destination && o.Metric == route.Metric })
		if before >= 0 {
			r.problems.Refuse(at[i], key, value, "one route for each network and metric, the other is on line "+strconv.Itoa(at[before].Line))
		}
		switch {
		case !route.Gateway.IsValid(), route.Gateway.IsLinkLocalUnicast() && route.Gateway.Is6():
		case slices.ContainsFunc(b.Addresses, func(p netip.Prefix) bool { return p.Addr() == route.Gateway }):
			r.problems.Refuse(at[i], key, value, "the address of a router, not of the device itself")
		case !b.reaches(route.Gateway):
			r.problems.Refuse(at[i], key, value, "a router in a network of addresses; with DHCP, the DHCP client sets the routes")
		}
	}
}

// reaches reports whether the device can reach a router directly.
func (b *Bond) reaches(router netip.Addr) bool {
	return slices.ContainsFunc(b.Addresses, func(p netip.Prefix) bool { return p.Contains(router) }) ||
		slices.ContainsFunc(b.Routes, func(o bond.Route) bool { return !o.Gateway.IsValid() && o.Destination.Contains(router) })
}
