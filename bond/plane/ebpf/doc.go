// Package ebpf is a data plane in the Linux kernel: programs at the ingress of the bond's device
// and members carry the frames, and no frame enters the process. They go on while the process
// restarts. It is for Linux 5.8 and later, and needs CAP_NET_ADMIN and CAP_BPF, but neither
// CAP_PERFMON nor a compiler. Before Linux 5.11 it also needs CAP_SYS_RESOURCE, or a limit of locked
// memory (RLIMIT_MEMLOCK) that suffices.
//
//	d, err := ebpf.OpenDevice(ebpf.DeviceConfig{Name: "bond0"})
//	p := ebpf.New(ebpf.Config{Pins: ebpf.DefaultPins})
//	err = p.Open(plane.Host{Name: "bond0", Device: d, ...})
//	err = p.Apply(plan)
//
// # The way of a frame
//
// bond0 is one end of a veth pair. The other end, bond0p, is where the programs take what the
// host sends, and where they put what it is to receive:
//
//	host ── bond0 ══ bond0p ── transmit program ──▶ member's egress
//	host ◀── bond0 ══ bond0p's egress ◀── receive program ◀── member's ingress
//
// So bond0 counts both directions, captures show them, queueing disciplines work, and without
// carrier, which is the administrative state of bond0p, nothing is sent.
//
// The transmit program refuses slow protocols and what is longer than the MTU, computes the
// hash of the frame, takes it modulo the length of the plan's table, and redirects the frame
// to the member in that bucket. It counts the frame for the member, and its octets for the
// bucket if the plan asks for it. Large segments and unfinished checksums stay as they are; the
// member's driver or the kernel finishes them.
//
// The receive program passes slow protocols on, always: to the socket that speaks LACP. It
// drops and counts everything else while the member does not collect, and redirects it to the
// egress of bond0p otherwise. Of frames that the host's own protocols would not take, sockets on
// the member get one too, such as those of lldpd and ptp4l. Sockets that take every protocol,
// such as captures on the member, see a frame before the program.
//
// # Hooks
//
// From Linux 6.6 on, the programs are links at TCX, and they come before those of other programs.
// On an older kernel they are filters of kind bpf in direct-action mode at the clsact ingress, which
// the kernel can be built without (NET_SCH_INGRESS, NET_CLS_BPF). [Plane.Hook] returns which. The
// frames take the same way, but there are differences:
//
//   - A filter has the lowest preference that it can have. Filters of another kind that have the
//     first preferences come before it.
//   - The plane gives an interface a clsact qdisc if it has no ingress or clsact qdisc. It removes
//     that one in the end, unless another program has put a filter there.
//   - The kernel keeps a filter until another program, or the next process with a device of that
//     name, removes it. So the filters of a process that was killed carry frames without
//     [Config.Pins] too, until the time that [Plane.Extend] has set. With Pins, only the maps are
//     pinned.
//   - The plane looks at its filters with every plan, which takes some ten microseconds for each
//     member.
//
// # Hashes
//
// The programs compute the numbers of package hash for the policies layer2, layer2+3,
// layer3+4, vlan+srcmac, and flow without options. The kernel has moved the outer VLAN tag of a
// frame into metadata by the time a program sees it; the number is that of
// [hash.Hasher.SumMeta] then, which is the same as with hash.TagStripped. Plans with another
// policy are refused, unless they spread frames without a hash.
//
// # Maps
//
// The state map holds two plans, in one piece of memory that the process has mapped. A swap
// writes the plan that is not in use and then one word, so every frame sees one plan or the
// other. The map also has the time until when frames pass, in nanoseconds since boot; see
// [Plane.Extend]. The programs check it for every frame. They read the clock once in each tick of
// the kernel, and for every frame in the last second. The other two maps hold a CPU's counters of
// buckets and of members. Buckets are counted only for a plan that asks for it. A table has up to
// 1,024 buckets, and a bond up to 64 members. The maps of a bond take less than 64 KiB with two
// CPUs.
//
// The length of a table is a multiple of the number of members, so a hash picks the
// member that it picks modulo that number, as in Linux. The flows of a lost member of a plan
// that is resilient move bucket by bucket, not one by one as in package user.
//
// # Order
//
// A plan with Hold may move flows from one member that distributes to another. Such a flow stays
// on its old member until it pauses for longer than [Config.Pause], at most for
// [Config.MoveWithin]; a flow whose member no longer distributes moves at once. So its frames
// stay in order, provided that it pauses and that the members' delays differ by less than the
// pause. Flows are in 1,024 groups by their hash, and a group moves as a whole. Another plan
// ends the wait of the flows that still wait, and so does one with another policy.
//
// # Pins
//
// With [Config.Pins] the maps of a bond and its links at TCX are pinned in a directory with the
// name of its device: state, buckets, members, tx, and rx- with the interface index for each
// member. They carry frames by the last plan after the process has ended, until the time that
// [Plane.Extend] has set. The next process adopts them in [Plane.Open]. Its first plan replaces
// the programs one by one, and the maps too if they have another layout; no frame is lost.
// Close removes everything, unless [Plane.Keep] was called.
//
// # Promises and limits
//
//   - Apply takes microseconds. If a member is new, or the plan has another policy or spread, or
//     begins or ends to count buckets, it takes some milliseconds, because a program has to be
//     loaded, and waits for the kernel's lock of network interfaces. So the plane is a
//     [plane.Waiter].
//   - No frame is lost, doubled or sent by a mixture of plans because of a swap.
//   - The plane holds no frames and is no [plane.Holder]: the frames of a flow that does not
//     pause may be reordered when it moves.
//   - A frame that a member's driver or queue refuses is counted by its interface, not by
//     [Plane.MemberCounters].
//   - Plans with SLB are refused.
//   - Members and device are in one network namespace.
//   - A veth interface always reports 10,000 Mb/s.
package ebpf
