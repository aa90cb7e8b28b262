// Package bond implements a link aggregation group. It runs LACP on its members, spreads the
// frames to send over the members that distribute, and delivers the frames that arrive on
// members that collect.
//
// On Linux [Open] makes a bond of network interfaces and gives the host a TAP device such as
// bond0 for it. [New] makes one of any links, such as the in-memory cables of package
// linktest; its user sends and receives frames with [Bond.Send] and [Bond.Receive].
//
// The zero value of the options selects the settings that an appliance starts with: active
// LACP, SLOW LACPDU rate, transmit hash policy layer2+3, MTU 1500. Package config documents each
// setting.
//
// # Guarantees
//
// The frames of one flow, as the transmit hash policy defines flows, take one member and
// arrive in the order they were sent; [Mode] lists the exceptions. With LACP a bond never
// sends data on a link unless the partner has announced that it collects there, and never
// delivers data from a link that is not collecting. A link whose partner does not speak LACP
// carries no data. The other modes use a link as long as it has carrier.
//
// When a member is lost, its flows move to the others at once. The flows of the others move
// too unless [Config.Resilient] is set: as in the kernel, the hash modulo the number of
// members that carry data selects the member. When a flow moves between two working members,
// its frames are held until the old path is empty; see [Config.FlushTimeout]. With
// [Config.Balance] flows also move from busy members to idle ones.
//
// # While it runs
//
// [Bond.AddMember], [Bond.RemoveMember], [Bond.Drain], [Bond.SetGate], [Bond.SetPermission] and [Bond.Set] change a
// bond, [Bond.Watch] reports its changes, and [Bond.Status] returns a snapshot. A change
// does not disturb the members that it does not concern, except for the flows that move.
//
// A program is upgraded without a gap by [Bond.Pause], [OpenConfig].Handed and [Bond.Resume]: the
// old process stops the bond between two frames and passes its descriptors and state to the new
// one, over a Unix socket or by a service manager. As long as the new one has not begun, the old
// one can go on.
//
// # How it works
//
//	link.Port ── slow-protocols frames ──▶ ┌─────────┐   Plan    ┌───────┐
//	link.Port ── link state ─────────────▶ │ control │ ────────▶ │ plane │ ◀── data ── links,
//	user calls ──────────────────────────▶ │         │ ◀──────── │       │            device
//	                                       └─────────┘ counters  └───────┘
//
// Control is one goroutine. It owns the mode, the LACP engine, the timers and the members,
// and takes its inputs from one channel. A mode (internal/mode) is a pure machine that decides
// which members carry data. It returns a list of effects, and control carries them out in that
// order: it hands a plan to the data plane (package plane) before it sends the LACPDU that
// reports it.
//
// Control never blocks: the log has a queue, events are buffered and then summed up for slow
// readers, and one worker goroutine for each bond, or the caller of AddMember, makes the
// changes to the kernel and waits for them. A goroutine applies the plans of a plane that may wait
// for the kernel ([plane.Async]). The results are inputs again.
//
// One goroutine for each member reads slow-protocols frames. The states of the links come from
// their monitor by a queue that keeps the newest of each. The data plane has goroutines of its
// own: package user has one for each member and one for each queue of the device. The data path takes no lock and calls nothing in control.
//
// # Limits
//
//   - FAILOVER, LOADBALANCE, ROUNDROBIN and BROADCAST trust the carrier. They do not notice
//     a link that is up but passes no frames.
//   - If the device has several queues, a flow that the host moves to another queue may be
//     reordered.
//   - The bond sends LACPDU version 1 and reads any version. It has no conversation-sensitive
//     distribution and no DRNI.
//   - Real interfaces and the device have limits of their own: see package netif.
//   - One flow never exceeds one link. layer2+3 and layer3+4 are Linux's and share their weak
//     spots. Policy flow does not have these: see go doc ./hash.
//   - In mode LACP a link whose partner does not speak LACP carries no data, unless a
//     fallback is set.
//   - Links that lead to different partners form separate LAGs, and the bond uses one of
//     them. Under the default policy, which keeps the LAG in use, the bond makes the partners
//     of the other links wait; they take over with one handshake. Towards a partner whose
//     System ID is lower than ours, and under the other policies, the other links keep up the
//     protocol as in the Linux bonding driver, and the bond drops what their partners send
//     there. lacpd status names them.
//   - The bond answers a Marker after the data frames that the kernel had queued for its
//     link. It cannot see frames that the adapter still had in another receive queue at that
//     moment.
//   - While a bond is handed over, frames wait in the kernel's queues: a thousand for the host's
//     (the device's txqueuelen), some thousand for each member. More are lost. Counters and
//     history begin again, and so do links that were still negotiating or drained.
//   - By default the device is a TAP with segmentation and checksum offload, and frames pass
//     through this process. Package ebpf has a plane in the Linux kernel, which is faster.
package bond

// # Files
//
// From the bottom up: a file uses those before it, but for a few.
//
//   - Values: errors.go names.go alias.go config.go hold.go permission.go counters.go
//     device_state.go event.go opener.go member.go handed.go
//   - The bond and what it reports: bond.go waiting.go status.go reason.go report.go
//     device_report.go explain.go watch.go
//   - What a decision leads to: reassert.go settings_steps.go addrs.go announce.go weights.go
//     plan.go async.go promise.go flush.go marker_response.go effects.go
//   - The inputs of the mode: mode_settings.go delay.go path.go
//   - The device: device_follow.go device.go
//   - Settings and members: settings_plan.go settings.go reader.go members.go interfaces.go
//     gates.go permit.go balance.go outlive.go
//   - Control, and the ways in and out: datapath.go schedule.go snapshot.go control.go
//     standstill.go inherit.go new.go pause.go close.go open_handed.go open.go
