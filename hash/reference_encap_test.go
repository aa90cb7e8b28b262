package hash_test

import (
	"bytes"

	"github.com/lagkit/lagkit/hash"
)

// tagType reports whether an EtherType is the TPID of a tag.
func tagType(t []byte) bool { return string(t) == "\x81\x00" || string(t) == "\x88\xa8" }

// referenceInnermost is referenceFlow for the encap policies. It finds the innermost
// packet by recursion into the contents of each header.
func referenceInnermost(etherType, packet []byte, v hash.TagView, beside bool) (addrs, transport []byte, ok bool) {
	r := referenceWalk{beside: beside, outer: string(etherType)}
	if v == hash.TagSocket {
		behind, typ := packet, etherType
		for n := 0; tagType(typ); n++ {
			if len(behind) < 4 || n == 7 {
				behind = packet
				break
			}
			typ, behind = behind[2:4], behind[4:]
		}
		packet = behind
	}
	ok = r.ether(string(etherType), packet)
	return r.addrs, r.transport, ok
}

type referenceWalk struct {
	beside           bool
	outer            string
	steps            int
	addrs, transport []byte
}

// cut returns the octets after the first n. It returns no octets if b is shorter.
func cut(b []byte, n int) []byte {
	if n > len(b) {
		return nil
	}
	return b[n:]
}

func (r *referenceWalk) again(etherType string, packet []byte) bool {
	r.steps++
	return r.steps > 15 || r.ether(etherType, packet)
}

func (r *referenceWalk) ether(etherType string, packet []byte) bool {
	least := map[string]int{
		"\x08\x00": 20, "\x86\xdd": 40, "\x88\x64": 8, "\x88\xfb": 6, "\x89\x2f": 6, "\x81\x00": 4, "\x88\xa8": 4,
		"\x88\x47": 0, "\x88\x48": 0, "\x08\x06": 0, "\x80\x35": 0, "\x89\x06": 38, "\x88\xf7": 34,
	}
	if r.beside && tagType([]byte(etherType)) {
		r.beside = false
		return r.again(r.outer, packet)
	}
	n, known := least[etherType]
	if !known || len(packet) < n {
		return false
	}
	switch etherType {
	case "\x08\x00":
		words := int(packet[0] % 16)
		if words < 5 {
			return false
		}
		r.addrs = packet[12:20]
		if packet[6]&0x3f != 0 || packet[7] != 0 {
			return true
		}
		return r.protocol(packet[9], false, cut(packet, words*4))
	case "\x86\xdd":
		r.addrs = packet[8:40]
		return r.protocol(packet[6], true, packet[40:])
	case "\x81\x00", "\x88\xa8":
		return r.again(string(packet[2:4]), packet[4:])
	case "\x88\x64":
		if !bytes.HasPrefix(packet, []byte{0x11, 0}) {
			return false
		}
		switch string(packet[6:8]) {
		case "\x00\x21":
			return r.again("\x08\x00", packet[8:])
		case "\x00\x57":
			return r.again("\x86\xdd", packet[8:])
		}
		return packet[7]%2 == 1 && packet[6]%2 == 0
	case "\x88\xfb", "\x89\x2f":
		return r.again(string(packet[4:6]), packet[6:])
	}
	return true
}

func (r *referenceWalk) protocol(proto byte, v6 bool, body []byte) bool {
	switch {
	case proto == 4:
		return r.again("\x08\x00", body)
	case proto == 41:
		return r.again("\x86\xdd", body)
	case proto == 47:
		return r.gre(body)
	case v6 && proto == 44:
		return len(body) >= 8
	case v6 && (proto == 0 || proto == 43 || proto == 60):
		if len(body) < 2 {
			return false
		}
		next, rest := body[0], cut(body, 8+8*int(body[1]))
		if r.steps++; r.steps > 15 {
			r.transport = referencePorts(int(next), rest)
			return true
		}
		return r.protocol(next, v6, rest)
	case proto == 1 || proto == 58:
		if len(body) >= 8 && bytes.IndexByte([]byte{0, 8, 13, 14, 128, 129}, body[0]) >= 0 {
			r.transport = []byte{body[0], body[1], body[5], body[4]}
			if body[4] == 0 && body[5] == 0 {
				r.transport[2] = 1
			}
		}
		return true
	}
	r.transport = referencePorts(int(proto), body)
	return true
}

func (r *referenceWalk) gre(h []byte) bool {
	if len(h) < 4 {
		return false
	}
	bit := func(mask byte) int { return min(int(h[0]&mask), 1) * 4 }
	version, carried := h[1]&7, string(h[2:4])
	switch {
	case bit(0x40) > 0, version > 1:
		return true
	case version == 1 && (carried != "\x88\x0b" || bit(0x20) == 0):
		return true
	case bit(0x20) > 0 && len(h) < 4+bit(0x80)+4:
		return false
	}
	n := 4 + bit(0x80) + bit(0x20) + bit(0x10)
	if version == 1 {
		if h[1]&0x80 != 0 {
			n += 4
		}
		if len(h) < n+4 {
			return false
		}
		switch string(h[n+2 : n+4]) {
		case "\x00\x21":
			carried = "\x08\x00"
		case "\x00\x57":
			carried = "\x86\xdd"
		}
		return r.again(carried, h[n+4:])
	}
	if carried == "\x65\x58" {
		if len(h) < n+14 {
			return false
		}
		return r.again(string(h[n+12:n+14]), h[n+14:])
	}
	return r.again(carried, cut(h, n))
}
