// Package lacp is the Link Aggregation Control Protocol of IEEE 802.1AX-2014
// (802.3ad), version 1, as a pure engine: the LACPDU codec and the state
// machines of a [System] and its ports.
//
// It does no I/O, starts no goroutine, reads no clock, takes no lock and logs
// nothing. Inputs are method calls that carry their time, outputs are values that
// are drained:
//
//	sys, err := lacp.NewSystem(lacp.Config{System: lacp.SystemID{MAC: mac}})
//	err = sys.AddPort(now, lacp.PortConfig{Number: 1, Key: 1, MAC: portMAC})
//	err = sys.SetLink(now, 1, lacp.Link{Up: true})
//	for {
//		for _, a := range sys.Actions() {
//			switch a.Kind {
//			case lacp.ActionTransmit: // send a.AppendFrame(nil) on port a.Port
//			case lacp.ActionMux: // let port a.Port collect and distribute as a.Mux says
//			}
//		}
//		// Wait for a frame, a change of a link, or sys.Deadline().
//		// Frames first: sys.Receive(now, 1, frame); then sys.Advance(now).
//	}
//
// # What it implements
//
// Receive, Periodic, Selection, Mux (independent and coupled control), Transmit
// and both Churn machines of the 2000 to 2014 editions, with the correction of
// 2014 that a port which comes up speaks at once. State names, variables and
// guards are those of the standard, so that a trace reads like its figures.
//
// Each port always has a [Reason] for being where it is, and keeps its last
// transitions ([System.History]).
//
// # The contract of the loop
//
// One goroutine owns a System. It hands in what happens, each with the time at
// which it happened, and after each call drains Actions and carries them out in
// their order: an ActionMux before the ActionTransmit that tells the partner of
// it. It calls Advance when Deadline has come, but first hands in the frames that
// wait to be read, since a partner whose LACPDU is in the queue is not lost. What
// a call returns may be used until the next call. A time before that of an earlier
// call counts as that one; any monotonic clock will do, and a virtual one.
//
// # Beyond the standard
//
// All of it is off unless asked for. In [Config]: MaxLinks with standby ports,
// NonRevertive and WaitToRestore; Aggregators and MinLinks; RequirePartner and
// Fallback, for a partner without LACP; Dampening of ports that flap; HeedExpired,
// WithdrawOnExpired and LeadPartner, which shorten the time in which one end sends
// what the other no longer takes; RepeatFirst, for a partner whose carrier comes
// later; StallTolerance, for a process that was stopped. In [PortConfig]:
// TimeoutMultiplier. As methods: [System.SetGate] holds a port out for a reason of
// your own; [System.Drain] takes one out of use without the loss of a frame;
// [System.Save] and [System.Restore] carry the protocol over a restart that the
// partner does not see; [System.Candidates] ranks aggregators where only one can
// carry the data, and [System.Expected] names the best of those that come up.
//
// # Rates
//
// A port with the Long Timeout (SLOW) asks its partner for a LACPDU each 30 s and
// gives it up after 90 s; with the Short Timeout (FAST) it is 1 s and 3 s. How
// often a port itself sends is for its partner to say. It never sends more than
// three LACPDUs in any second.
package lacp
