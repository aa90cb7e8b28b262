// Package marker implements the Marker protocol of IEEE 802.1AX-2014, 6.5. A System
// sends a Marker after its data frames. The partner's Marker Response means that the
// partner has received and passed on every frame sent before the Marker. The protocol
// allows a conversation to move to another link without reordering.
//
// A [PDU] is the codec. Every System has to answer Markers, in every state of LACP. A
// [Responder] does that for one port, within the limit on slow protocols. A [Generator]
// sends Markers on all ports of a System. Its driving loop is
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
// The package uses the identifiers of package lacp. Like that package, it does no I/O
// and reads no clock.
package marker
