// Package team is a data plane in the Linux kernel: the team driver carries the frames, and none
// enters the process. They go on while the process restarts or is dead. Package ebpf does more,
// but needs Linux 5.8; the team driver has been part of Linux since 3.3, although not every
// distribution builds it. The plane needs CAP_NET_ADMIN.
//
//	d, err := team.OpenDevice(team.DeviceConfig{Name: "bond0"})
//	p := team.New()
//	err = p.Open(plane.Host{Name: "bond0", Device: d, ...})
//	err = p.Apply(plan)
//
// The device is an interface of kind "team", and the members are its ports. The plane sets the
// driver's options by generic netlink, as teamd does. The bond takes the part of teamd: it
// speaks LACP on the ports, whose packet sockets get LACPDUs whether a port is enabled or not.
//
// # Modes
//
//	plan's spread   driver's mode   frames go to
//	flows           loadbalance     the member in the row of a table that a hash picks
//	in turn         roundrobin      one member after another, a frame each
//	copies          broadcast       each member
//	at random       random          any member
//
// A bond in mode active-backup has plans whose flows all go to one member. They use loadbalance
// too: a plan does not show what it is for, and the driver's own mode for that would
// need more than a table to change the member.
//
// The driver changes its mode only while it has no ports. So a plan with another spread takes all
// members out, and then puts them back in: the bond carries nothing for that time.
//
// # Hashes
//
// A classic BPF program in the driver computes the number of package hash for the policies
// layer2, layer2+3, layer3+4 and vlan+srcmac, modulo the number of members or buckets, and the
// table has a member for each result. The number is the same for any frame: with IPv4 options, with
// IPv6 extension headers, which these policies do not step over, for fragments, and for ICMP
// errors. If the kernel keeps the outer VLAN tag outside of the frame, the number is that of
// [hash.Hasher.SumMeta], which is the same as with hash.TagStripped. Plans with another policy, or
// with more than 256 buckets, are refused, unless they spread frames without a hash. The weights of
// members are shares of 256 buckets, so they are exact to 1/256 of the traffic.
//
// The flows of a lost member of a plan that is resilient move row by row of the table, which
// then has up to 256 rows, not one by one as in package user.
//
// # Collecting and distributing
//
// The driver of most kernels can only enable a port for both directions. A member that collects
// and does not distribute is enabled, and the table has no row with it. That works as long as
// another member distributes. Otherwise, and in the modes without a table, it stays disabled,
// because the driver would send on it: it does not collect. Newer drivers have an option for each
// direction, and the plane uses them.
//
// # Members
//
// A member that comes into a plan becomes a port: the plane sets its interface down, which the
// driver requires, and the driver sets it up, with the team's MTU. The plane gives it the
// bond's MAC address. The driver enables it at once. If the plan does not use it yet the plane
// disables it with the next request, so for a moment it may receive. When a member leaves a plan,
// the interface gets back the MAC address, the MTU and the administrative state that it had.
//
// # Other programs
//
// The plane notices when another program takes a port out of the team or puts one in, changes a
// port's MAC address or one of the driver's options, and sets again what its plan wants, at most
// ten times a second. A member that became a port of a bridge or another aggregate has failed.
//
// # After the process
//
// After kill -9, or [Plane.Keep] with [Device.Keep], the driver keeps its state. The next process
// adopts it, and its first plan changes only what differs. A partner that speaks LACP stops
// sending when no LACPDU has come for its timeout.
//
// # For bond.Open
//
// [NewOpener] opens interfaces as members and makes the device. Every device is in the interface
// group [netif.DeviceGroup], so that the next process does not take a team of teamd's for its own.
//
// # Promises and limits
//
//   - Apply waits for the kernel: it makes a few requests, and replacing the program waits until
//     no frame uses the old one. With a new member or another mode it takes longer: interfaces are
//     set down and up. If another program holds the kernel's lock for network interfaces, Apply
//     waits for it, and so does ReadCounters. The plane is a [plane.Waiter].
//   - The options of a plan are set one after another, in an order that lets no member send that
//     shall not. Meanwhile a flow may be on any member of the old or the new plan.
//   - If a member's interface vanishes, the driver spreads its flows over all enabled ports until
//     the next plan.
//   - The plane holds no frames, so the frames of a flow that moves may be reordered. It does
//     not count the octets of buckets.
//   - Counters are those of the interfaces: they include LACPDUs and the frames of other programs.
//   - Many kernels give a port IPv6 addresses, such as Linux 6.1, and then send on it what belongs to
//     them. The plane leaves the host's IP settings of an interface to whoever opens it.
//   - Plans with SLB, and in turn with several frames a turn, are refused.
//   - Members and device are in one network namespace.
package team
