// Package marker is the Marker protocol of IEEE 802.1AX-2014, 6.5: a System asks
// with a Marker on which frames it has sent so far its partner is done with, and
// the partner's Marker Response says: those. It is how a conversation moves to
// another link without being reordered.
//
// A [PDU] is the codec. Every System has to answer Markers, in every state of
// LACP; a [Responder] does that for one port, within the limit on slow protocols.
// A [Generator] asks on all ports of a System; the driving loop is
//
//	id, err := gen.Flush(now, port, bucket) // after the last frame of the bucket
//	for {
//		for _, a := range gen.Actions() {
//			switch a.Kind {
//			case marker.ActionTransmit: // send a.AppendFrame(nil) on port a.Port
//			case marker.ActionDone: // a.Flush.Bucket may move to another port
//			}
//		}
//		// Wait for a frame or gen.Deadline().
//		// Frames first: gen.Receive(now, port, frame); then gen.Advance(now).
//	}
//
// Like package lacp, from which it takes its identifiers, the package does no
// I/O and reads no clock.
package marker
