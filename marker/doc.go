// Package marker is the Marker protocol of IEEE 802.1AX-2014, 6.5: a System asks
// with a Marker on which frames it has sent so far its partner is done with, and
// the partner's Marker Response says: those. It is how a conversation moves to
// another link without being reordered.
//
// A [PDU] is the codec. Every System has to answer Markers, in every state of
// LACP; a [Responder] does that for one port, within the limit on slow protocols.
//
// Like package lacp, from which it takes its identifiers, the package does no
// I/O and reads no clock.
package marker
