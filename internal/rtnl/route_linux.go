package rtnl

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Route is a route of any table, IPv4 or IPv6. The takeover record stores it.
type Route struct {
	// Message is the kernel's struct rtmsg and attributes, without counters and states of
	// nexthops. Equal messages are the same route.
	Message []byte `json:"message"`

	// Expires is how many seconds the route had left; 0: it does not expire.
	Expires uint32 `json:"expires,omitempty"`
}

const (
	rtaNexthopID = 30 // RTA_NH_ID

	routeFlags = unix.RTNH_F_ONLINK | unix.RTNH_F_PERVASIVE
	// The kernel counts lifetimes of routes in user-space clock ticks.
	userTicks = 100
)

// routeAttrs are the attributes a request may carry.
var routeAttrs = []uint16{
	unix.RTA_DST, unix.RTA_SRC, unix.RTA_OIF, unix.RTA_GATEWAY, unix.RTA_PRIORITY, unix.RTA_PREFSRC, unix.RTA_METRICS,
	unix.RTA_MULTIPATH, unix.RTA_FLOW, unix.RTA_TABLE, unix.RTA_VIA, unix.RTA_PREF, unix.RTA_ENCAP_TYPE, unix.RTA_ENCAP,
	rtaNexthopID,
}

// nexthopAttrs are the attributes that the kernel adds for a route that names a nexthop
// object.
var nexthopAttrs = []uint16{
	unix.RTA_OIF, unix.RTA_GATEWAY, unix.RTA_MULTIPATH, unix.RTA_FLOW, unix.RTA_VIA, unix.RTA_ENCAP_TYPE, unix.RTA_ENCAP,
}

// Routes lists the routes of every table in the kernel's order, without cached ones. If index
// is not 0, the list may omit routes over other interfaces.
func (r *Conn) Routes(index int32) ([]Route, error) {
	var list []Route
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		header := make([]byte, unix.SizeofRtMsg)
		header[0] = family
		msgs, err := r.do(unix.RTM_GETROUTE, netlink.Dump, header, func(ae *netlink.AttributeEncoder) {
			if index != 0 {
				ae.Int32(unix.RTA_OIF, index)
			}
		})
		if err != nil {
			return nil, err
		}
		for _, m := range msgs {
			// A kernel without the family answers for all families.
			if len(m.Data) == 0 || m.Data[0] != family {
				continue
			}
			if rt, ok := parseRoute(m.Data); ok {
				list = append(list, rt)
			}
		}
	}
	return list, nil
}

func parseRoute(data []byte) (rt Route, ok bool) {
	if rt.Message, ok = reduceRoute(data); !ok {
		return rt, false
	}
	if info, ok := find(data, unix.SizeofRtMsg, unix.RTA_CACHEINFO); ok && len(info.value) >= 12 {
		if left := int32(native.Uint32(info.value[8:])); left > 0 {
			rt.Expires = (uint32(left) + userTicks - 1) / userTicks
		}
	}
	return rt, true
}

// reduceRoute turns a listed message into one that can be sent.
func reduceRoute(data []byte) ([]byte, bool) {
	if len(data) < unix.SizeofRtMsg || data[0] != unix.AF_INET && data[0] != unix.AF_INET6 {
		return nil, false
	}
	flags := native.Uint32(data[8:])
	if flags&unix.RTM_F_CLONED != 0 {
		return nil, false
	}
	list, err := parseAttrs(data[unix.SizeofRtMsg:])
	if err != nil {
		return nil, false
	}
	object := slices.ContainsFunc(list, func(a attr) bool { return a.is(rtaNexthopID) })
	if object {
		flags = 0
	}
	b := append([]byte(nil), data[:8]...)
	b = native.AppendUint32(b, flags&routeFlags)
	for _, a := range list {
		typ := a.typ & attrType
		if !slices.Contains(routeAttrs, typ) || object && slices.Contains(nexthopAttrs, typ) {
			continue
		}
		if typ == unix.RTA_MULTIPATH {
			if a.value, err = reduceMultipath(a.value); err != nil {
				return nil, false
			}
		}
		b = appendAttr(b, a)
	}
	return b, true
}

// reduceMultipath removes the states from the nexthops of a route.
func reduceMultipath(value []byte) ([]byte, error) {
	b := slices.Clone(value)
	err := eachNexthop(b, func(hop []byte) { hop[2] &= unix.RTNH_F_ONLINK })
	return b, err
}

// eachNexthop calls f with each struct rtnexthop, including its attributes.
func eachNexthop(b []byte, f func(hop []byte)) error {
	for len(b) > 0 {
		if len(b) < unix.SizeofRtNexthop {
			return errMessage
		}
		n := int(native.Uint16(b))
		if n < unix.SizeofRtNexthop || n > len(b) {
			return errMessage
		}
		f(b[:n])
		b = b[min(align4(n), len(b)):]
	}
	return nil
}

// Check refuses a route that did not come from Routes.
func (rt Route) Check() error { return checkMessage(rt.Message, reduceRoute) }

// Family returns AF_INET or AF_INET6.
func (rt Route) Family() uint8 { return rt.Message[0] }

// Protocol returns the origin of the route, RTPROT_...
func (rt Route) Protocol() uint8 { return rt.Message[5] }

// Type returns the type of the route, RTN_...
func (rt Route) Type() uint8 { return rt.Message[7] }

func (rt Route) attr(typ uint16) attr {
	a, _ := find(rt.Message, unix.SizeofRtMsg, typ)
	return a
}

// Table returns the number of the route's table.
func (rt Route) Table() uint32 {
	if table := rt.attr(unix.RTA_TABLE); table.value != nil {
		return table.uint32()
	}
	return uint32(rt.Message[4])
}

// Metric returns the route's priority.
func (rt Route) Metric() uint32 { return rt.attr(unix.RTA_PRIORITY).uint32() }

// Source returns the address that the host prefers for packets that it sends by the route.
func (rt Route) Source() netip.Addr {
	addr, _ := netip.AddrFromSlice(rt.attr(unix.RTA_PREFSRC).value)
	return addr
}

// WithoutSource returns the route that the kernel leaves, in IPv6, when its source address
// goes.
func (rt Route) WithoutSource() Route {
	list, err := parseAttrs(rt.Message[unix.SizeofRtMsg:])
	if err != nil {
		return rt
	}
	b := slices.Clone(rt.Message[:unix.SizeofRtMsg])
	for _, a := range list {
		if !a.is(unix.RTA_PREFSRC) {
			b = appendAttr(b, a)
		}
	}
	rt.Message = b
	return rt
}

// Destination returns the route's prefix.
func (rt Route) Destination() netip.Prefix {
	addr, ok := netip.AddrFromSlice(rt.attr(unix.RTA_DST).value)
	switch {
	case ok:
	case rt.Family() == unix.AF_INET:
		addr = netip.IPv4Unspecified()
	default:
		addr = netip.IPv6Unspecified()
	}
	return netip.PrefixFrom(addr, int(rt.Message[1]))
}

// NexthopID returns the nexthop object that the route names; 0: none.
func (rt Route) NexthopID() uint32 { return rt.attr(rtaNexthopID).uint32() }

// Interfaces returns the indexes of the interfaces that the route names.
func (rt Route) Interfaces() []int32 {
	var list []int32
	if oif := rt.attr(unix.RTA_OIF); oif.value != nil {
		list = append(list, int32(oif.uint32()))
	}
	// reduceRoute has checked that the nexthops are complete.
	_ = eachNexthop(rt.attr(unix.RTA_MULTIPATH).value, func(hop []byte) {
		list = append(list, int32(native.Uint32(hop[4:])))
	})
	return list
}

// Direct reports whether the route has no gateway, so that it can lead to gateways.
func (rt Route) Direct() bool {
	return rt.attr(unix.RTA_GATEWAY).value == nil && rt.attr(unix.RTA_VIA).value == nil &&
		rt.attr(unix.RTA_MULTIPATH).value == nil && rt.NexthopID() == 0
}

// Key is the same for routes that match the same packets at the same priority.
func (rt Route) Key() string {
	return fmt.Sprintf("%d %v %x %d %d %d", rt.Message[0], rt.Destination(), rt.attr(unix.RTA_SRC).value, rt.Message[3], rt.Table(), rt.Metric())
}

// String returns the route as ip(8) would name it.
func (rt Route) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", rt.Destination())
	if gateway, ok := netip.AddrFromSlice(rt.attr(unix.RTA_GATEWAY).value); ok {
		fmt.Fprintf(&b, " via %s", gateway)
	}
	if id := rt.NexthopID(); id != 0 {
		fmt.Fprintf(&b, " nhid %d", id)
	}
	if source := rt.Source(); source.IsValid() {
		fmt.Fprintf(&b, " src %s", source)
	}
	if metric := rt.Metric(); metric != 0 {
		fmt.Fprintf(&b, " metric %d", metric)
	}
	if table := rt.Table(); table != unix.RT_TABLE_MAIN {
		fmt.Fprintf(&b, " table %d", table)
	}
	return b.String()
}

// NewRoute returns a route of the main table over an interface. Without a gateway the destination is
// directly reachable. metric 0 is the kernel's default. protocol is the origin, RTPROT_...
func NewRoute(index int32, destination netip.Prefix, gateway netip.Addr, metric uint32, protocol uint8) Route {
	family, scope := byte(unix.AF_INET6), byte(unix.RT_SCOPE_UNIVERSE)
	if destination.Addr().Is4() {
		family = unix.AF_INET
		if !gateway.IsValid() {
			scope = unix.RT_SCOPE_LINK
		}
	}
	b := []byte{family, byte(destination.Bits()), 0, 0, unix.RT_TABLE_MAIN, protocol, scope, unix.RTN_UNICAST}
	b = native.AppendUint32(b, 0)
	if destination.Bits() > 0 {
		b = appendAttr(b, attr{unix.RTA_DST, destination.Addr().AsSlice()})
	}
	if gateway.IsValid() {
		b = appendAttr(b, attr{unix.RTA_GATEWAY, gateway.AsSlice()})
	}
	b = appendAttr(b, attr{unix.RTA_OIF, native.AppendUint32(nil, uint32(index))})
	if metric != 0 {
		b = appendAttr(b, attr{unix.RTA_PRIORITY, native.AppendUint32(nil, metric)})
	}
	return Route{Message: b}
}

// Gateway returns the route's gateway; the zero Addr without one of the route's family.
func (rt Route) Gateway() netip.Addr {
	addr, _ := netip.AddrFromSlice(rt.attr(unix.RTA_GATEWAY).value)
	return addr
}

// AddRoute adds a route after those of the same key, or before them. The error is EEXIST if
// the route exists already.
func (r *Conn) AddRoute(rt Route, before bool) error {
	flags := netlink.Create | netlink.Append
	if before {
		flags = netlink.Create
	}
	b := slices.Clone(rt.Message)
	if rt.Expires != 0 {
		b = appendAttr(b, attr{unix.RTA_EXPIRES, binary.NativeEndian.AppendUint32(nil, rt.Expires)})
	}
	return r.change(unix.RTM_NEWROUTE, flags, b, nil)
}

// DeleteRoute removes a route.
func (r *Conn) DeleteRoute(rt Route) error {
	return r.change(unix.RTM_DELROUTE, 0, slices.Clone(rt.Message), nil)
}
