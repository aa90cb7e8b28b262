package traffic

import "math/rand/v2"

// A Kind is a sort of traffic to measure with.
type Kind string

// The kinds of traffic, TCP and UDP in each. Mix is 60 % IPv4, 20 % IPv6, 10 %
// VLAN, 5 % QinQ and 5 % IPv6 with an extension header, in random order.
const (
	KindIPv4    Kind = "IPv4"
	KindIPv6    Kind = "IPv6"
	KindVLAN    Kind = "VLAN" // IPv4 with one tag
	KindQinQ    Kind = "QinQ" // IPv4 with two tags
	KindIPv6Ext Kind = "IPv6ext"
	KindMix     Kind = "mix"
)

// Kinds lists every Kind, in the order of a report.
var Kinds = []Kind{KindIPv4, KindIPv6, KindVLAN, KindQinQ, KindIPv6Ext, KindMix}

// Batch returns n frames of 64 to 1514 octets. The same arguments always give the same frames.
// The frames follow each other in one piece of memory, each at a multiple of 64 octets.
func Batch(k Kind, n int, seed uint64) [][]byte {
	r := rand.New(rand.NewPCG(seed, uint64(len(k))))
	heads, sizes, total := make([][]byte, n), make([]int, n), 0
	for i := range heads {
		heads[i] = head(r, one(r, k))
		sizes[i] = max(60, len(heads[i])) + r.IntN(1514-100)
		total += aligned(sizes[i])
	}
	memory := make([]byte, total)
	frames := make([][]byte, n)
	for i := range frames {
		copy(memory, heads[i])
		frames[i] = memory[:sizes[i]:sizes[i]]
		memory = memory[aligned(sizes[i]):]
	}
	return frames
}

// aligned rounds a size up to whole cache lines.
func aligned(n int) int { return (n + 63) &^ 63 }

// one returns the kind of the next frame of a batch of kind k.
func one(r *rand.Rand, k Kind) Kind {
	if k != KindMix {
		return k
	}
	switch p := r.IntN(100); {
	case p < 60:
		return KindIPv4
	case p < 80:
		return KindIPv6
	case p < 90:
		return KindVLAN
	case p < 95:
		return KindQinQ
	default:
		return KindIPv6Ext
	}
}

// head returns the headers of a random frame of kind k.
func head(r *rand.Rand, k Kind) []byte {
	dst, src := [6]byte{2, 0, 0, 0, 0, byte(r.Uint32())}, [6]byte{2, 0, 0, 1, 0, byte(r.Uint32())}
	proto, rest := byte(TCP), 16
	if r.IntN(4) == 0 {
		proto, rest = UDP, 4
	}
	transport := Ports(uint16(r.Uint32()), uint16(r.Uint32()), rest)
	var tags []Tag
	switch k {
	case KindIPv6:
		return Ether(dst, src, nil, TypeIPv6, randomIPv6(r, proto, transport).Bytes())
	case KindIPv6Ext:
		options := []byte{proto, 0, 1, 4, 0, 0, 0, 0} // Destination Options: padding
		return Ether(dst, src, nil, TypeIPv6, randomIPv6(r, 60, append(options, transport...)).Bytes())
	case KindVLAN:
		tags = []Tag{{TypeCTag, uint16(r.IntN(4096))}}
	case KindQinQ:
		tags = []Tag{{TypeSTag, uint16(r.IntN(4096))}, {TypeCTag, uint16(r.IntN(4096))}}
	}
	ip := IPv4{
		Frag: 0x4000, Proto: proto, Payload: transport,
		Src: [4]byte{10, 0, byte(r.Uint32()), byte(r.Uint32())},
		Dst: [4]byte{10, 1, byte(r.Uint32()), byte(r.Uint32())},
	}
	return Ether(dst, src, tags, TypeIPv4, ip.Bytes())
}

// randomIPv6 returns a packet between two random addresses of one prefix.
func randomIPv6(r *rand.Rand, next byte, payload []byte) IPv6 {
	p := IPv6{Next: next, Payload: payload, Src: [16]byte{0x20, 1, 0xd, 0xb8}, Dst: [16]byte{0x20, 1, 0xd, 0xb8}}
	for i := 8; i < 16; i++ {
		p.Src[i], p.Dst[i] = byte(r.Uint32()), byte(r.Uint32())
	}
	return p
}
