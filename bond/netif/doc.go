// Package netif opens Linux network interfaces for a bond: [OpenLink] takes an interface
// over as a member, [OpenDevice] makes the device that the host uses, and [Restore]
// puts interfaces back that a process left as members when it was killed.
//
// A monitor per network namespace reports the state of the links. What a takeover
// changes is on disk before it is changed.
//
// # What comes back
//
// A member gets back its MAC address, MTU, up or down, IPv6 settings, IP addresses in
// their order with the rest of their lifetimes, the routes of every table over it or from
// its addresses, nexthop objects, neighbours and proxy entries that were set, and its
// ingress hook as it was. Interfaces that need each other for a route, as two nexthops of
// one, may be released in any order.
//
// Left to the kernel: temporary IPv6 addresses, of which it makes new ones; what it has
// learnt from routers, which it asks again; learnt neighbours, redirects and path MTUs.
// Not restored: the place of an IPv6 route among those of its prefix and metric over
// other interfaces, where it comes last; MPLS routes; and the local routes of addresses
// that an interface has kept while it was down (keep_addr_on_down). A route whose other
// interface or source address is gone is named in the error of Close or [Restore]. An
// interface whose state takes more than 1 MiB, some thousand routes, is refused.
//
// A member that is moved to another network namespace keeps the bond's MAC address and MTU
// until it returns: the next [OpenLink] or [Restore] then knows what it was.
//
// # Owners
//
// An interface has one owner, whatever state directories are used. The kernel's name space
// of abstract sockets decides, "lagkit/if/" and the interface's index in its network
// namespace: see [OwnedError]. The device of a bond, "lagkit/dev/", is no member.
package netif
