// Package chassis lets several boxes, called chassis, show a switch or a server one LACP system. One
// chassis of the group carries the LAG. The others stand by: their ports are up and speak LACP, but
// are not in sync, so that the partner sends them nothing.
//
//	          partner (any switch, one LAG)
//	        ╱                            ╲
//	chassis A: bond ◀─ permission    chassis B: bond, no permission
//	           Machine ◀── heartbeats ──▶ Machine
//	              ╲                      ╱
//	               Store (etcd, witness)
//
// A [Machine] decides for one LAG whether this chassis carries it. It is pure, like package lacp:
// time in, actions out. [Join] returns a [Chassis], which drives a Machine and a bond for each LAG. A
// [Store] holds the facts: which chassis is active, and which one intends to take over. [External] is
// for an appliance whose own high-availability engine has decided already.
//
// Package chassistest has a store in memory, a network and a simulation with faults for the tests of
// programs that use this package, and tests for a Store.
//
// # How it stays safe
//
// The active chassis has a permission that lasts for [Config.Hold] and ends by itself. The data
// path looks at it where frames pass. A permission counts from the SENDING of a request: a read of the
// store that shows this chassis as active without an intent of another one, or a heartbeat that
// all other chassis have granted. So the store may be away as long as all chassis hear each other.
// An active chassis with neither stops within Hold.
//
// A standby chassis that no longer hears the active one writes its intent into the store, waits until
// every permission from before has ended, and claims the LAG. With a hold time S and a drift d the wait
// is S(1+d)/(1-d), because one clock may be slow and the other one fast. An active chassis that is well
// vetoes the intent. A wrong suspicion costs a veto and is never unsafe. In a planned change the active
// chassis closes its data path first and then names its successor, so that nothing has to be waited
// for.
//
// The store has the life of the chassis that has claimed the LAG. A chassis that starts while another life
// under its name has the LAG, an earlier one or another box with the same name, takes over in the same
// way: the other life vetoes if it is still there.
//
// The wall clock does not matter, and what it takes from the clocks is only that their rates are right
// up to [Config.Drift]. A virtual machine whose clocks stop while its host pauses it breaks that: storage
// should use the epoch of the permission as a fencing token.
//
// # The hosts behind the partner
//
// A box that becomes active may not know the MAC addresses of the hosts behind the partner, because its
// kernel forgets them while the device has no carrier. Its first question (ARP or Neighbor Solicitation)
// may be lost: a partner that has begun to use one of the links still drops what comes in on the others.
// The kernel repeats it after a second. Make that 50 ms on every box:
//
//	sysctl net.ipv4.neigh.bond0.retrans_time_ms=50 net.ipv6.neigh.bond0.retrans_time_ms=50
//
// # Partners with a limit
//
// The partner has to accept the links of all chassis. One that uses only some of its links may choose
// those of a chassis that stands by. The priorities of ports do not follow the role, because a partner
// that follows the standard takes a link whose priority changes out of service, for two seconds
// (update_Selected, 802.1AX 6.4.9).
//
// # The members of a group
//
// All chassis have the same list of names, the same hold time and the same drift. The store has the
// digest of those that the active one counts on, and a chassis with others neither takes over nor
// grants. To add a chassis, give the new list to all of them, the active one included, in any order.
//
// # What the chassis agree on
//
// If the store is a [Directory], the group has one identity in it: [LoadIdentity] returns the System
// Identifier that all show, and [Number] the number that gives a chassis its range of port numbers
// ([PortBase]). Each chassis publishes a [Report] about each LAG, at most once a second, and compares
// those of the others with its own. A chassis that differs from the active one in a setting, or whose
// links lead to another partner, stands by, and its links report the values. The active one goes on.
// Once the store has dropped the report of an active chassis that died, some seconds after its death, its
// settings no longer matter. If no chassis is active, the one with more links to one partner comes first.
//
// [Chassis.Status] has the reports and the differences, and [Chassis.Watch] reports each change.
//
// Reports have a version. A chassis that finds a report with a version that it does not know does not take
// over. So an upgrade is: upgrade the standby chassis, hand over to it, upgrade the other one.
//
// # All chassis at the same time
//
// With [LAG].AllActive all chassis carry the LAG. They share the identity, compare their reports, and
// count each other's links for MaxLinks, MinLinks and Fallback. There is no role and no permission, and
// frames are not passed from one chassis to another: that is right for routers without state, which all
// have the same addresses, and below another control plane. With EVPN multihoming in FRR, for example,
// each of the chassis has
//
//	interface bond0
//	 evpn mh es-sys-mac 02:4c:61:67:6b:69
//	 evpn mh es-id 12
//
// with the System MAC of the identity and the key of the LAG. FRR makes an Ethernet Segment Identifier of
// type 3 from them, elects the forwarder of broadcasts, and keeps the neighbour tables equal. FRR (8.4 was
// tried) accepts these lines only for interfaces of the kernel's bonding driver and for those that do not
// exist yet. So put them into its file, and start FRR before the bond. Restart FRR after bond0 was removed
// and created again; a warm restart of the bond keeps it. A Linux bridge with bond0 as a port passes
// frames between the segment and the tunnel.
//
// [Identity.ESI] is an identifier for software that wants one of type 1.
package chassis

// # Files
//
// From the bottom up: a file uses those before it.
//
//   - Values: store.go message.go rules.go isolation.go config.go
//   - The machine, in parts that refer to each other: machine.go requests.go permit.go standby.go
//     active.go grants.go obstacle.go cause.go status.go
//   - The heartbeats on the wire: codec.go seal.go transport.go
//   - The ends of processes: ends.go hello.go tcp.go
//   - What the store keeps and what is published: text.go identity.go number.go name.go settings.go
//     report.go report_text.go compare.go herald.go
//   - The chassis and its parts in LAGs, which refer to each other: external.go group.go event.go watch.go
//     log.go foreign.go agreement.go seat.go judge.go role.go note.go shared.go chassis.go change.go
//     reports.go
