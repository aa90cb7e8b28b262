// Package lacp implements version 1 of the Link Aggregation Control Protocol, IEEE
// 802.1AX-2014 (802.3ad), as a pure engine: the LACPDU codec and the state machines
// of a [System] and its ports.
//
// It does no I/O, starts no goroutine, reads no clock, takes no lock and logs
// nothing. Inputs are method calls that carry their time. The caller drains the
// outputs:
//
//	sys, err := lacp.NewSystem(lacp.Config{System: lacp.SystemID{MAC: mac}})
//	err = sys.AddPort(now, lacp.PortConfig{Number: 1, Key: 1, MAC: portMAC})
//	err = sys.SetLink(now, 1, lacp.Link{Up: true})
//	for {
//		for _, a := range sys.Actions() {
//			switch a.Kind {
//			case lacp.ActionTransmit: // send a.AppendFrame(nil) on port a.Port
//			case lacp.ActionMux: // let port a.Port collect and distribute as in a.Mux
//			}
//		}
//		// Wait for a frame, a change of a link, or sys.Deadline().
//		// Frames first: sys.Receive(now, 1, frame); then sys.Advance(now).
//	}
//
// # What it implements
//
// Receive, Periodic, Selection, Mux (independent and coupled control), Transmit
// and both Churn machines of the 2000 to 2014 editions. As corrected in 2014, a port
// sends a LACPDU as soon as it comes up. State names, variables and guards are those
// of the standard, so that a trace reads like its figures.
//
// Each port always has a [Reason] that explains its state, and keeps its last
// transitions ([System.History]).
//
// # The contract of the loop
//
// One goroutine owns a System. It passes in each event with the time of the event.
// After each call it drains Actions and carries them out in order: an ActionMux comes
// before the ActionTransmit that reports it to the partner. It calls Advance when the
// Deadline is reached, but passes in all queued frames first, so that a partner whose
// LACPDU is queued is not declared lost. The results of a call are valid until the
// next call. A time earlier than that of a previous call counts as that previous
// time. Any monotonic clock will do, and so will a virtual one.
//
// # Beyond the standard
//
// All of these are off by default. In [Config]: MaxLinks with standby ports,
// NonRevertive and WaitToRestore; Aggregators and MinLinks; RequirePartner and
// Fallback, for a partner without LACP; Dampening of ports that flap; TreatExpiredAsOutOfSync,
// WithdrawOnExpired and AlignPeriodicTx, which shorten the time one end goes on sending
// after the other has stopped accepting; RetryFirstLACPDU, for a partner that detects its
// carrier late; StallTolerance, for a process that was stopped. In [PortConfig]:
// TimeoutMultiplier. As methods: [System.SetGate] holds a port out for a reason of
// your own, and [System.SetGateState] lets it in until a time only; [System.Drain] takes
// a port out of use without losing a frame; [System.Save] and [System.Restore] keep the
// protocol state across a restart, so that the partner does not notice it;
// [System.SetForeign] counts the ports of other chassis of one LAG; [System.Candidates]
// ranks aggregators where only one can carry the data, and [System.Expected] names the
// best one that is coming up.
//
// # Rates
//
// A port with the Long Timeout (SLOW) asks its partner for a LACPDU every 30 s and
// gives the partner up after 90 s. With the Short Timeout (FAST) these are 1 s and
// 3 s. The partner decides how often the port itself sends. A port never sends more
// than three LACPDUs in any second.
package lacp

// # Files
//
// From the bottom up: a file uses those before it. Only aggregators and ports refer to each
// other.
//
//   - Values: errors.go identifiers.go state.go link.go key.go machines.go cause.go
//     reasoncode.go timer.go counters.go
//   - Frames and actions: pdu.go tlv.go slow.go action.go
//   - Configuration: dampening.go transition.go config.go portconfig.go
//   - The System and its ports: history.go gate.go txlimit.go saved.go aggregator.go
//     port.go porttable.go timerheap.go foreign.go ranking.go system.go aggregators.go
//     trace.go deadline.go
//   - The machines, and the options that act in them: timeout.go selection.go standby.go
//     retry.go record.go fallback.go receive.go align.go periodic.go minlinks.go drain.go
//     mux.go churn.go transmit.go loop.go stall.go
//   - The run of all machines: settle.go
//   - Queries: candidates.go reason.go status.go
//   - The inputs, which run the machines: ports.go settings.go hold.go restore.go input.go
