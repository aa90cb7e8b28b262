package hash_test

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// scoped makes frames with the headers that policy Flow reads around a packet: tags,
// PPPoE, label stacks, L2TP, PPTP. Most are well formed, and some are nested.
func scoped(r *rand.Rand) []byte {
	typ, packet := shim(r, r.IntN(4))
	f := traffic.Ether(mac(r), mac(r), tags(r, r.IntN(4)), typ, packet)
	if r.IntN(6) == 0 {
		f = f[:r.IntN(len(f)+1)]
	}
	return f
}

// shim returns an EtherType and its header with contents.
func shim(r *rand.Rand, depth int) (uint16, []byte) {
	if depth == 0 {
		switch r.IntN(4) {
		case 0:
			return traffic.TypeIPv4, ipv4(r).Bytes()
		case 1:
			p := ipv6(r)
			b := p.Bytes()
			binary.BigEndian.PutUint32(b, 6<<28|r.Uint32()>>4) // class and flow label
			return traffic.TypeIPv6, b
		}
		return nest(r, r.IntN(3))
	}
	typ, inner := shim(r, depth-1)
	switch r.IntN(7) {
	case 0, 1:
		return 0x8864, append(be16(pick(r, uint16(0x1100), 0x1100, 0x1100, 0x2100, 0x1109), uint16(r.Uint32()), uint16(len(inner))), ppp(r, typ, inner)...)
	case 2, 3:
		var b []byte
		for range r.IntN(4) * r.IntN(6) {
			b = binary.BigEndian.AppendUint32(b, pick(r, r.Uint32(), 3<<12)&^0x100)
		}
		b = binary.BigEndian.AppendUint32(b, r.Uint32()|0x100)
		return pick(r, uint16(0x8847), 0x8848), append(b, inner...)
	case 4:
		flags := pick(r, uint16(0x0002), 0x4002, 0x0802, 0x0202, 0x4a02, 0x8002, 0x0003, 0x8003, 0x0001)
		b := append(traffic.Ports(pick(r, uint16(1701), 5000), pick(r, uint16(1701), 5000, 6635), 4), be16(flags)...)
		b = append(append(b, octets(r, r.IntN(5)*2)...), ppp(r, typ, inner)...)
		return carried(r, 17, b)
	case 5:
		b := append(be16(pick(r, uint16(0x2001), 0x3081, 0x2081, 0x3001), 0x880b), octets(r, 4+4*r.IntN(3))...)
		return carried(r, 47, append(b, ppp(r, typ, inner)...))
	}
	return carried(r, pick(r, byte(115), 137), append(octets(r, 4), inner...))
}

// ppp returns a PPP frame, mostly with IP inside.
func ppp(r *rand.Rand, typ uint16, inner []byte) []byte {
	var b []byte
	if r.IntN(3) == 0 {
		b = be16(0xff03)
	}
	proto := map[uint16]uint16{traffic.TypeIPv4: 0x0021, traffic.TypeIPv6: 0x0057, 0x8847: 0x0281, 0x8848: 0x0283}[typ]
	switch {
	case proto == 0 || r.IntN(10) == 0:
		b = append(b, octets(r, r.IntN(3))...)
	case proto < 0x100 && r.IntN(3) == 0:
		b = append(b, byte(proto))
	default:
		b = append(b, be16(proto)...)
	}
	return append(b, inner...)
}
