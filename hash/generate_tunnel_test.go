package hash_test

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// tunnelled makes frames of up to 18 nested headers, most of them well formed. The deepest
// ones exceed the limits of the walk.
func tunnelled(r *rand.Rand) []byte {
	typ, packet := nest(r, r.IntN(5)*r.IntN(5))
	f := traffic.Ether(mac(r), mac(r), tags(r, max(0, r.IntN(4)-2)), typ, packet)
	if r.IntN(8) == 0 {
		f = f[:r.IntN(len(f)+1)]
	}
	return f
}

// nest returns an EtherType and its header with contents.
func nest(r *rand.Rand, depth int) (uint16, []byte) {
	if depth == 0 {
		switch r.IntN(5) {
		case 0:
			p := ipv4(r)
			p.Proto, p.Payload = 1, icmp(r)
			return traffic.TypeIPv4, p.Bytes()
		case 1, 2:
			return traffic.TypeIPv4, ipv4(r).Bytes()
		case 3:
			return pick(r, uint16(0x0806), 0x8847, 0x8906, 0x88f7, 0x1234), octets(r, r.IntN(60))
		}
		return traffic.TypeIPv6, ipv6(r).Bytes()
	}
	typ, inner := nest(r, depth-1)
	switch kind := r.IntN(12); {
	case kind < 3:
		return pick(r, uint16(traffic.TypeCTag), traffic.TypeSTag), append(be16(uint16(r.Uint32()), typ), inner...)
	case kind == 3:
		return pick(r, uint16(0x88fb), 0x892f), append(be16(uint16(r.Uint32()), 7, typ), inner...)
	case kind == 4:
		ppp := map[uint16]uint16{traffic.TypeIPv4: 0x0021, traffic.TypeIPv6: 0x0057}[typ]
		if ppp == 0 {
			ppp = pick(r, uint16(0x0281), 0x2145, 0x0020, 0xc021)
		}
		return 0x8864, append(be16(pick(r, uint16(0x1100), 0x1100, 0x1100, 0x2100, 0x1101), 1, 2, ppp), inner...)
	case kind < 8:
		return carried(r, 47, gre(r, typ, inner))
	case typ == traffic.TypeIPv4:
		return carried(r, 4, inner)
	case typ == traffic.TypeIPv6:
		return carried(r, 41, inner)
	}
	return carried(r, pick(r, byte(137), 17, 4), inner)
}

// carried returns an IP packet around a payload, sometimes with extension headers.
func carried(r *rand.Rand, proto byte, payload []byte) (uint16, []byte) {
	if r.IntN(2) == 0 {
		p := ipv4(r)
		p.Proto, p.Payload, p.Options = proto, payload, octets(r, 4*r.IntN(3))
		p.Frag = pick(r, uint16(0), 0, 0, 0x4000, 0x2000)
		return traffic.TypeIPv4, p.Bytes()
	}
	p := ipv6(r)
	p.Next, p.Payload = proto, payload
	for range r.IntN(4) * r.IntN(2) {
		n := byte(r.IntN(2))
		p.Payload = append(append([]byte{p.Next, n}, octets(r, 6+8*int(n))...), p.Payload...)
		p.Next = pick(r, byte(0), 43, 60, 60, 44)
	}
	return traffic.TypeIPv6, p.Bytes()
}

// gre returns a payload with a GRE header of either version.
func gre(r *rand.Rand, typ uint16, payload []byte) []byte {
	flags := pick(r, uint16(0), 0x2000, 0x8000, 0x1000, 0xb000, 0x4000, 0x0002)
	if ppp := map[uint16]uint16{traffic.TypeIPv4: 0x0021, traffic.TypeIPv6: 0x0057}[typ]; ppp != 0 && r.IntN(3) == 0 {
		flags = pick(r, uint16(0x2001), 0x3001, 0x3081, 0x2081, 0x0001)
		typ, payload = 0x880b, append(be16(0xff03, ppp), payload...)
	} else if r.IntN(3) == 0 {
		payload = traffic.Ether(mac(r), mac(r), nil, typ, payload)
		typ = 0x6558
	}
	h := be16(flags, typ)
	if flags&0x8000 != 0 {
		h = append(h, octets(r, 4)...)
	}
	if flags&0x2000 != 0 {
		h = append(h, octets(r, 4)...)
	}
	if flags&0x1000 != 0 {
		h = append(h, octets(r, 4)...)
	}
	if flags&0x0080 != 0 {
		h = append(h, octets(r, 4)...)
	}
	return append(h, payload...)
}

// be16 returns numbers in network order.
func be16(numbers ...uint16) (b []byte) {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	return b
}
