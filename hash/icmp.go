package hash

import "encoding/binary"

// icmpLen is the length of the ICMP and ICMPv6 header. In an error, the start of the
// packet it is about follows the header.
const icmpLen = 8

// icmpID is the offset of the identifier of a query.
const icmpID = 4

// icmpError reports whether the message is an error. Of the ICMPv6 errors Linux
// recognizes only 1 to 4.
func icmpError(proto uint8, message []byte) bool {
	if len(message) < icmpLen {
		return false
	}
	switch t := message[0]; proto {
	case protoICMP:
		// Destination Unreachable, Source Quench, Redirect, Time Exceeded,
		// Parameter Problem.
		return t == 3 || t == 4 || t == 5 || t == 11 || t == 12
	case protoICMPv6:
		// Destination Unreachable, Packet Too Big, Time Exceeded, Parameter
		// Problem.
		return 1 <= t && t <= 4
	}
	return false
}

// icmpQuery returns type, code and identifier of a query or reply as one word, so each
// ping is a flow. Identifier 0 counts as 1. Other messages, and truncated ones, give 0.
// It does not distinguish ICMP from ICMPv6.
func icmpQuery(message []byte, t *Trace) uint32 {
	if len(message) < icmpLen {
		t.note(NoteTruncated)
		return 0
	}
	switch message[0] {
	case 0, 8, 13, 14, 128, 129: // Echo, Timestamp, ICMPv6 Echo
	default:
		t.note(NoteNoPorts)
		return 0
	}
	t.read("ICMP type and code", message, 0, 2)
	t.read("ICMP identifier", message, icmpID, 2)
	id := max(binary.BigEndian.Uint16(message[icmpID:]), 1)
	return uint32(message[0]) | uint32(message[1])<<8 | uint32(id)<<16
}
