package hash_test

import (
	"math/rand/v2"

	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// categories make random frames, each of one type. Their order matters, because the
// vectors in testdata are generated in it.
var categories = []struct {
	name string
	make func(r *rand.Rand) []byte
}{
	{"ipv4", func(r *rand.Rand) []byte { return ether4(r, nil, ipv4(r)) }},
	{"ipv4-options", func(r *rand.Rand) []byte {
		p := ipv4(r)
		p.Options = octets(r, 4*(1+r.IntN(10)))
		return ether4(r, nil, p)
	}},
	{"ipv4-odd-header", func(r *rand.Rand) []byte {
		p := ipv4(r)
		p.VersionIHL = byte(1 + r.IntN(255)) // any version, any header length
		return ether4(r, nil, p)
	}},
	{"ipv4-fragment", func(r *rand.Rand) []byte {
		p := ipv4(r)
		p.Frag = pick(r, uint16(0x2000), 0x2001, 0x0001, 0x1fff, 0x00b9, 0x8000, 0xc000, 0x6000)
		return ether4(r, nil, p)
	}},
	{"ipv4-icmp", func(r *rand.Rand) []byte {
		p := ipv4(r)
		p.Proto, p.Payload = pick(r, byte(1), 58), icmp(r)
		return ether4(r, nil, p)
	}},
	{"ipv4-icmp-error", func(r *rand.Rand) []byte {
		p, inner := ipv4(r), ipv4(r)
		inner.Frag = pick(r, uint16(0), 0x4000, 0x2000, 0x0010)
		inner.Options = octets(r, 4*r.IntN(2))
		p.Proto = pick(r, byte(1), 1, 1, 58)
		p.Payload = append(message(r, pick(r, byte(1), 2, 3, 3, 4, 5, 11, 12)), inner.Bytes()...)
		return ether4(r, nil, p)
	}},
	{"ipv6", func(r *rand.Rand) []byte { return ether6(r, nil, ipv6(r)) }},
	{"ipv6-extension", func(r *rand.Rand) []byte {
		p := ipv6(r)
		p.Payload = append([]byte{p.Next, 0, 1, 4, 0, 0, 0, 0}, p.Payload...)
		p.Next = pick(r, byte(0), 43, 44, 60, 135)
		return ether6(r, nil, p)
	}},
	{"ipv6-icmp", func(r *rand.Rand) []byte {
		p := ipv6(r)
		p.Next, p.Payload = pick(r, byte(58), 58, 1), icmp(r)
		return ether6(r, nil, p)
	}},
	{"ipv6-icmp-error", func(r *rand.Rand) []byte {
		p, inner := ipv6(r), ipv6(r)
		p.Next = pick(r, byte(58), 58, 58, 1)
		p.Payload = append(message(r, pick(r, byte(1), 2, 3, 4, 5, 11, 100)), inner.Bytes()...)
		return ether6(r, nil, p)
	}},
	{"vlan", func(r *rand.Rand) []byte { return etherIP(r, tags(r, 1)) }},
	{"qinq", func(r *rand.Rand) []byte { return etherIP(r, tags(r, 2+r.IntN(2))) }},
	{"other-ethertype", func(r *rand.Rand) []byte {
		t := pick(r, uint16(0x0806), 0x8035, 0x8847, 0x8848, 0x8809, 0x88cc, 0x8864, 0x88f7, 0x0026, 0x05dc, 0)
		return traffic.Ether(mac(r), mac(r), tags(r, r.IntN(2)), t, octets(r, r.IntN(80)))
	}},
	{"tunnel", tunnelled},
	{"noise", func(r *rand.Rand) []byte {
		return traffic.Ether(mac(r), mac(r), nil, pick(r, uint16(0x0800), 0x86dd, 0x8100), octets(r, r.IntN(120)))
	}},
	{"truncated", func(r *rand.Rand) []byte {
		f := etherIP(r, tags(r, r.IntN(3)))
		return f[:r.IntN(len(f)+1)]
	}},
}

// protocols holds protocols with and without ports, the common ones more than once.
var protocols = []byte{6, 6, 6, 17, 17, 33, 50, 51, 132, 136, 0, 2, 4, 41, 47, 59, 89, 103, 112, 255}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func octets(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func mac(r *rand.Rand) (m [6]byte) {
	copy(m[:], octets(r, 6))
	return m
}

func tags(r *rand.Rand, n int) []traffic.Tag {
	var t []traffic.Tag
	for range n {
		t = append(t, traffic.Tag{
			TPID: pick(r, uint16(traffic.TypeCTag), traffic.TypeCTag, traffic.TypeSTag, 0x9100),
			TCI:  pick(r, uint16(r.Uint32()), 0, 0xe000),
		})
	}
	return t
}

func ipv4(r *rand.Rand) traffic.IPv4 {
	p := traffic.IPv4{Frag: pick(r, uint16(0), 0x4000), Proto: pick(r, protocols...), Payload: octets(r, r.IntN(40))}
	copy(p.Src[:], octets(r, 4))
	copy(p.Dst[:], octets(r, 4))
	return p
}

func ipv6(r *rand.Rand) traffic.IPv6 {
	p := traffic.IPv6{Next: pick(r, protocols...), Payload: octets(r, r.IntN(40))}
	copy(p.Src[:], octets(r, 16))
	copy(p.Dst[:], octets(r, 16))
	return p
}

// message returns an ICMP header.
func message(r *rand.Rand, kind byte) []byte {
	return append([]byte{kind}, octets(r, 7)...)
}

// icmp returns a message that is mostly a query, sometimes with identifier 0, sometimes
// too short.
func icmp(r *rand.Rand) []byte {
	m := append(message(r, pick(r, byte(0), 8, 13, 14, 128, 129, 9, 10, 15, 17, 133, 135, 143, 255)), octets(r, 8)...)
	if r.IntN(4) == 0 {
		m[4], m[5] = 0, 0
	}
	if r.IntN(8) == 0 {
		m = m[:r.IntN(8)]
	}
	return m
}

func ether4(r *rand.Rand, tags []traffic.Tag, p traffic.IPv4) []byte {
	return traffic.Ether(mac(r), mac(r), tags, traffic.TypeIPv4, p.Bytes())
}

func ether6(r *rand.Rand, tags []traffic.Tag, p traffic.IPv6) []byte {
	return traffic.Ether(mac(r), mac(r), tags, traffic.TypeIPv6, p.Bytes())
}

func etherIP(r *rand.Rand, tags []traffic.Tag) []byte {
	if r.IntN(2) == 0 {
		return ether4(r, tags, ipv4(r))
	}
	return ether6(r, tags, ipv6(r))
}
