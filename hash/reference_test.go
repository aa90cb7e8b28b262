package hash_test

import "github.com/lagkit/lagkit/hash"

// The reference computes the policies a second time, slowly and by another method than
// the package. It removes the tag from the frame, collects the octets that count as byte
// strings, and works on four octet lanes instead of words (an octet at position i of a
// string goes into lane i mod 4).

// lanes holds the octets of the hash, the lowest first.
type lanes [4]byte

// mix adds a byte string.
func (l *lanes) mix(s []byte) {
	for i, b := range s {
		l[i%4] ^= b
	}
}

// fold computes h ^= h>>16; h ^= h>>8 lane by lane.
func (l lanes) fold() lanes {
	return lanes{l[0] ^ l[1] ^ l[2] ^ l[3], l[1] ^ l[2] ^ l[3], l[2] ^ l[3], l[3]}
}

// sum returns the lanes as a number.
func (l lanes) sum() uint32 {
	return uint32(l[0]) + 1<<8*uint32(l[1]) + 1<<16*uint32(l[2]) + 1<<24*uint32(l[3])
}

// referenceSum returns the hash of one frame.
func referenceSum(p hash.Policy, v hash.TagView, frame []byte) uint32 {
	beside := false
	var tci lanes
	if v == hash.TagStripped && len(frame) >= 18 && tagType(frame[12:14]) {
		tci.mix([]byte{frame[15], frame[14]})
		frame, beside = append(append([]byte(nil), frame[:12]...), frame[16:]...), true
	}
	if len(frame) < 14 {
		return 0
	}
	if p == hash.VLANSrcMAC {
		tci.mix([]byte{frame[8], frame[7], frame[6]})
		tci.mix([]byte{frame[11], frame[10], frame[9]})
		return tci.sum()
	}
	var ether, ip lanes
	ether.mix([]byte{frame[5] ^ frame[11] ^ frame[13], frame[12]})
	if p == hash.Layer2 {
		return ether.sum()
	}
	var addrs, transport []byte
	var ok bool
	if p == hash.Encap23 || p == hash.Encap34 {
		addrs, transport, ok = referenceInnermost(frame[12:14], frame[14:], v, beside)
	} else {
		addrs, transport, ok = referenceFlow(string(frame[12:14]), frame[14:])
	}
	if !ok {
		return ether.sum()
	}
	ip.mix(addrs)
	if p == hash.Layer23 || p == hash.Encap23 {
		ip.mix(ether[:])
		return ip.fold().sum()
	}
	ip.mix(transport)
	return ip.fold().sum() / 2
}

// referenceFlow returns the octets of both addresses and the octets that tell the flows
// of one pair of hosts apart.
func referenceFlow(etherType string, packet []byte) (addrs, transport []byte, ok bool) {
	addrs, proto, body, ok := referenceIP(etherType, packet)
	if !ok {
		return nil, nil, false
	}
	if proto != 1 && proto != 58 {
		return addrs, referencePorts(proto, body), true
	}
	if len(body) < 8 {
		return addrs, nil, true
	}
	switch kind := int(body[0]); {
	case proto == 1 && (kind == 3 || kind == 4 || kind == 5 || kind == 11 || kind == 12),
		proto == 58 && (kind == 1 || kind == 2 || kind == 3 || kind == 4):
		addrs, proto, body, ok = referenceIP(etherType, body[8:])
		return addrs, referencePorts(proto, body), ok
	case kind == 0, kind == 8, kind == 13, kind == 14, kind == 128, kind == 129:
		high, low := body[4], body[5]
		if high == 0 && low == 0 {
			low = 1
		}
		return addrs, []byte{body[0], body[1], low, high}, true
	}
	return addrs, nil, true
}

// referenceIP parses an IP header. proto is -1 for a fragment.
func referenceIP(etherType string, packet []byte) (addrs []byte, proto int, body []byte, ok bool) {
	switch {
	case etherType == "\x08\x00" && len(packet) >= 20:
		addrs, proto = packet[12:20], int(packet[9])
		moreFragments, offset := packet[6]>>5&1 == 1, int(packet[6]&0x1f)<<8+int(packet[7])
		if moreFragments || offset > 0 {
			proto = -1
		}
		if start := int(packet[0]%16) * 4; start <= len(packet) {
			body = packet[start:]
		}
		return addrs, proto, body, true
	case etherType == "\x86\xdd" && len(packet) >= 40:
		return packet[8:40], int(packet[6]), packet[40:], true
	}
	return nil, 0, nil, false
}

// referencePorts returns the four octets at the start of the transport header, or the SPI
// of AH.
func referencePorts(proto int, body []byte) []byte {
	start, known := map[int]int{6: 0, 17: 0, 33: 0, 50: 0, 51: 4, 132: 0, 136: 0}[proto]
	if !known || len(body) < start+4 {
		return nil
	}
	return body[start : start+4]
}
