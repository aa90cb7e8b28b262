// Package bond is a link aggregation group at work: it runs LACP on its members, spreads
// the frames it is given over those that distribute, and delivers what arrives on those that
// collect.
//
// On Linux [Open] makes a bond of network interfaces and gives the host a TAP device such as
// bond0 for it. [New] makes one of any links, such as the cables in memory of package
// linktest, and its user sends and receives frames with [Bond.Send] and [Bond.Receive].
//
// The zero value of the options is what an appliance starts with: protocol LACP, active,
// SLOW LACPDU rate, transmit hash policy layer2+3, MTU 1500.
//
// # Guarantees
//
// Frames of one flow, as the transmit hash policy tells flows apart, take one member and
// arrive in the order they were sent; [Mode] names the modes that are an exception. With LACP
// a bond never sends data on a link whose partner has not said that it collects there, nor
// passes on data from a link that is not collecting, and without a partner that speaks LACP a
// link carries no data. The other modes use a link as long as it has carrier.
//
// When a member is lost its flows move to the others at once. Those of the others move too
// unless [Config.Resilient] is set: as in the kernel, the member is the hash modulo the number
// of members that carry data. When a flow moves between two working members, its frames are
// held until the old path is empty; see [Config.FlushTimeout].
//
// # While it runs
//
// [Bond.AddMember], [Bond.RemoveMember], [Bond.Drain], [Bond.SetGate] and [Bond.Set] change a
// bond, [Bond.Watch] reports what happens to it, and [Bond.Status] returns a snapshot. A
// change disturbs no member that it does not concern, except for the flows that move.
//
// # How it works
//
//	link.Port ── slow-protocols frames ──▶ ┌─────────┐   Plan    ┌───────┐
//	link.Port ── link state ─────────────▶ │ control │ ────────▶ │ plane │ ◀── data ── links,
//	user calls ──────────────────────────▶ │         │ ◀──────── │       │            device
//	                                       └─────────┘ counters  └───────┘
//
// Control is one goroutine. It owns the mode, the LACP engine, the timers and the members,
// and takes its inputs from one channel. A mode decides which members carry data; control
// makes a plan of that and hands it to the data plane, package plane, before it sends the
// LACPDU that reports it.
//
// Control never blocks: not on a log, which has a queue of its own, nor on a reader of
// events, whose events are buffered and then summed up, nor on the kernel. What changes the
// kernel is done by one worker goroutine for each bond; its results are inputs again. The one
// exception is [Bond.Set] with another MTU or MAC address.
//
// For each member two goroutines read slow-protocols frames and link states. The data plane
// has its own: package user has one for each member and each queue of the device. The data
// path takes no lock and calls nothing in control.
//
// # Limits
//
//   - FAILOVER, LOADBALANCE, ROUNDROBIN and BROADCAST trust the carrier: a link that is up
//     and passes nothing is not noticed.
//   - The kernel tells late of a carrier loss that follows within a second of another
//     interface's, in whatever network namespace. Within our own this is noticed and asked
//     for each 2 ms; after an event of another namespace it may take 200 ms, or what
//     CarrierPoll says.
//   - Of several queues of the device none keeps the order of a flow that the host moves to
//     another one.
//   - LACPDU version 1 is sent; any version is read. No conversation-sensitive distribution,
//     no DRNI.
//   - Not restored when a member leaves: temporary IPv6 addresses, routes of router
//     advertisements until the router answers again, learnt neighbours, MPLS routes, and the
//     place of an IPv6 route among others of its prefix and metric. An interface with more
//     than 1 MiB of such state is refused. A member that another program moves to another
//     network namespace keeps the bond's MAC address and MTU until it returns.
//   - The device gets frames of multicast groups that the host has not joined; the kernel's
//     bonding driver has adapters filter them. A MAC address that a packet socket adds to
//     the device is noticed after up to 3 s.
//   - Routes that were set on the device are lost when another program deletes it; addresses
//     and everything of the configuration come back.
//   - One flow never exceeds one link. layer2+3 and layer3+4 are Linux's, with their weak
//     spots, which flow has not: go doc ./hash.
//   - Linux only for real interfaces and the device. The kernel needs clsact and cls_bpf to
//     keep members from the host's own IP stack, or is told to go on without.
//   - In mode LACP a link without a partner that speaks it carries no data, unless a
//     fallback is set.
//   - Links that lead to different partners are LAGs of their own, of which the bond uses
//     one. Under the policy that keeps it, which is the default, the others' partners are
//     told to wait, and take over with one handshake; towards a partner whose System ID is
//     lower than ours, and under the other policies, the others keep up the protocol as in
//     the Linux bonding driver: what their partners send there is dropped. lacpd status
//     names them.
//   - A Marker is answered behind the data frames the kernel had queued for its link. What
//     the adapter still had in another receive queue at that moment is not known of.
//   - The device is a TAP with segmentation and checksum offload; frames pass through this
//     process. A kernel bond is faster.
package bond
