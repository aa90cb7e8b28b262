// Package netif opens Linux network interfaces for a bond. [OpenLink] takes an interface over
// as a member, [OpenDevice] makes the device that the host uses, and [Restore] restores
// interfaces that a killed process left as members. [OpenMember] and [OpenKernelDevice] do the same
// for a data plane in the kernel.
//
// A monitor per network namespace reports the state of the links. A takeover records each
// setting on disk before it changes it.
//
// # What is restored
//
// A member gets back its MAC address, MTU, up or down, IPv6 settings, IP addresses in their
// order with the rest of their lifetimes, the routes of every table over it or from its
// addresses, nexthop objects, neighbours and proxy entries that were set, and its ingress
// hook. Interfaces that need each other for a route, such as two nexthops of one route, may be
// released in any order.
//
// The kernel itself brings back temporary IPv6 addresses (it makes new ones) and what it has
// learnt from routers (it asks them again), and learns neighbours, redirects and path MTUs
// again. Some things are not restored: the place of an IPv6 route among those of its prefix
// and metric over other interfaces (it comes last), MPLS routes, and the local routes of
// addresses that an interface has kept while it was down (keep_addr_on_down). If the other
// interface or the source address of a route is gone, the error of Close or [Restore] names
// the route. An interface whose state takes more than 1 MiB, some thousand routes, is refused.
//
// A member that is moved to another network namespace keeps the bond's MAC address and MTU
// until it returns. The next [OpenLink] or [Restore] then recognizes it and uses its record.
//
// # Owners
//
// An interface has one owner, regardless of the state directories in use. The claim is an
// abstract Unix socket, "lagkit/if/" and the interface's index, in the interface's network
// namespace: see [OwnedError]. The device of a bond, "lagkit/dev/", is not a member.
//
// # From one process to the next
//
// A [Link], a [Member] and a [Device] are a [link.Hander]: another process can go on with them by
// copies of their descriptors, as [Config].Handed and [DeviceConfig].Handed. The memberships and
// the queued frames belong to the sockets, the claim to its socket, and a TAP device lasts as long
// as a process has one of its queues. So neither the host nor the partner sees a change.
//
// # Limits
//
//   - The kernel reports a carrier loss late if it follows within a second of another
//     interface's, in any network namespace. The bond notices such events in its own
//     namespace and then polls every 2 ms. After an event in another namespace it may take
//     200 ms, or the time set by CarrierPoll.
//   - The device gets frames of multicast groups that the host has not joined; the kernel's
//     bonding driver has adapters filter them. It takes up to 3 s until the bond notices a
//     MAC address that a packet socket adds to the device.
//   - When another program deletes the device, its routes are lost. Its addresses and all of
//     its configuration come back.
//   - Real interfaces and the device need Linux. The kernel needs clsact and cls_bpf to keep
//     members from the host's own IP stack, unless AllowHostStack is set.
package netif
