package hash

import "math"

// IP protocol numbers.
const (
	protoICMP    = 1
	protoTCP     = 6
	protoUDP     = 17
	protoDCCP    = 33
	protoESP     = 50
	protoAH      = 51
	protoICMPv6  = 58
	protoNone    = 59 // No Next Header; no relevant header follows
	protoIPIP    = 4
	protoIPv6    = 41
	protoGRE     = 47
	protoMPLS    = 137
	protoL2TP    = 115
	protoSCTP    = 132
	protoUDPLite = 136
)

// Next header numbers of IPv6 extension headers.
const (
	extHopByHop    = 0
	extRouting     = 43
	extFragment    = 44
	extDestination = 60
)

// portsFirst lists the protocols whose header starts with the four octets that tell
// flows apart: two ports, or the SPI of ESP.
var portsFirst = []uint8{protoTCP, protoUDP, protoDCCP, protoESP, protoSCTP, protoUDPLite}

// ahSPI is the offset of the SPI in an Authentication Header.
const ahSPI = 4

// ports returns the four octets of the transport header that tell flows apart, with the
// source port in the low half. It returns 0 if the protocol has no such octets or the
// frame does not hold all four.
func ports(p ipPacket, t *Trace) uint32 {
	b := p.payload
	switch {
	case quickMask[p.proto] == math.MaxUint32:
	case p.proto == protoAH && len(b) >= ahSPI:
		b = b[ahSPI:]
	default:
		t.noteNoPorts(p.proto)
		return 0
	}
	if len(b) < 4 {
		t.note(NoteTruncated)
		return 0
	}
	if p.proto == protoESP || p.proto == protoAH {
		t.read("SPI", b, 0, 4)
	} else {
		t.read("ports", b, 0, 4)
	}
	return le32(b)
}
