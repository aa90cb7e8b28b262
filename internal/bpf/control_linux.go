package bpf

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// MaxControlFrame limits how much of a slow-protocols frame the kernel hands over. 802.3
// allows no more than a full untagged frame.
const MaxControlFrame = 1514

// Subtypes of slow protocols (802.3 Annex 57A).
const (
	subtypeLACP   = 1
	subtypeMarker = 2
)

// The programs of the control sockets, which are bound to EtherType 0x8809. Each accepts one
// kind of frames that came from outside, and together they accept all. [OtherSlow] takes
// frames for another host, because the kernel also marks frames of a VLAN that way.

// LACPDUsFrom accepts LACPDUs from one source address.
func LACPDUsFrom(source [6]byte) []unix.SockFilter { return lacpdus(source, accept, drop) }

// LACPDUsOfOthers accepts LACPDUs from all other source addresses.
func LACPDUsOfOthers(source [6]byte) []unix.SockFilter { return lacpdus(source, drop, accept) }

func lacpdus(source [6]byte, from, others uint8) []unix.SockFilter {
	return slow(drop,
		equal(subtypeLACP, next, drop),
		load(loadWord, 6),
		equal(binary.BigEndian.Uint32(source[:]), next, others),
		load(loadHalf, 10),
		equal(uint32(binary.BigEndian.Uint16(source[4:])), from, others),
	)
}

// Markers accepts Markers and Marker Responses.
var Markers = slow(drop, equal(subtypeMarker, accept, drop))

// OtherSlow accepts frames that are neither LACPDUs nor of the Marker protocol.
var OtherSlow = slow(accept,
	equal(subtypeLACP, drop, next),
	equal(subtypeMarker, drop, accept),
)

// slow turns a program that decides by the subtype of a frame into a complete one.
func slow(otherHost uint8, decide ...unix.SockFilter) []unix.SockFilter {
	return assemble(append([]unix.SockFilter{
		load(loadWord, packetType),
		equal(unix.PACKET_OUTGOING, drop, next),
		equal(unix.PACKET_OTHERHOST, otherHost, next),
		load(loadByte, 14),
	}, decide...), MaxControlFrame, 0)
}
