package ebpf

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// frames makes random frames: mostly well formed, with every header that a policy reads, and
// some that end too early.
type frames struct{ *rand.Rand }

func newFrames(seed uint64) frames { return frames{rand.New(rand.NewPCG(seed, 1))} }

func one[T any](r frames, from ...T) T { return from[r.IntN(len(from))] }

func (r frames) octets(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// next returns a frame. The kernel has none that is shorter than an Ethernet header.
func (r frames) next() []byte {
	var dst, src [6]byte
	copy(dst[:], r.octets(6))
	copy(src[:], r.octets(6))
	typ, packet := r.network(2)
	f := traffic.Ether(dst, src, r.tags(), typ, packet)
	if r.IntN(8) == 0 {
		f = f[:max(etherLen, r.IntN(len(f)+1))]
	}
	return f
}

func (r frames) tags() (t []traffic.Tag) {
	for range one(r, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5) {
		t = append(t, traffic.Tag{TPID: one(r, uint16(0x8100), 0x8100, 0x88a8, 0x9100), TCI: uint16(r.Uint32())})
	}
	return t
}

// network returns an EtherType and a packet. depth limits the headers around IP.
func (r frames) network(depth int) (uint16, []byte) {
	switch n := r.IntN(20); {
	case n < 8:
		return 0x0800, r.ipv4(depth)
	case n < 15:
		return 0x86dd, r.ipv6(depth)
	case n < 16 || depth == 0:
		return one(r, uint16(0x0806), 0x8809, 0x88cc, 0x0800, 0x86dd, 0x8100, 0x8847, 0x8864, 0x05dc, 0), r.octets(r.IntN(80))
	case n < 18:
		return one(r, uint16(0x8847), 0x8848), r.mpls(depth - 1)
	}
	b := binary.BigEndian.AppendUint16(nil, one(r, uint16(0x1100), 0x1100, 0x1100, 0x2100, 0x1109))
	return 0x8864, append(append(b, r.octets(4)...), r.ppp(depth-1)...)
}

func (r frames) mpls(depth int) (b []byte) {
	for range one(r, 0, 0, 1, 2, 14, 15, 16) {
		b = binary.BigEndian.AppendUint32(b, one(r, r.Uint32(), 3<<12)&^0x100)
	}
	b = binary.BigEndian.AppendUint32(b, r.Uint32()|0x100)
	_, inner := r.network(depth)
	return append(b, inner...)
}

func (r frames) ppp(depth int) (b []byte) {
	typ, inner := r.network(depth)
	proto := map[uint16]uint16{0x0800: 0x0021, 0x86dd: 0x0057, 0x8847: 0x0281, 0x8848: 0x0283}[typ]
	if r.IntN(3) == 0 {
		b = append(b, 0xff, 0x03)
	}
	switch {
	case proto == 0 || r.IntN(10) == 0:
		b = append(b, r.octets(r.IntN(3))...)
	case proto < 0x100 && r.IntN(3) == 0:
		b = append(b, byte(proto))
	default:
		b = binary.BigEndian.AppendUint16(b, proto)
	}
	return append(b, inner...)
}

var protocols = []byte{6, 6, 6, 17, 17, 17, 33, 50, 51, 132, 136, 0, 1, 2, 4, 41, 43, 44, 47, 58, 59, 60, 89, 112, 115, 137, 255}

func (r frames) ipv4(depth int) []byte {
	p := traffic.IPv4{Frag: one(r, uint16(0), 0, 0x4000, 0x4000, 0x8000, 0x2000, 0x2001, 0x1fff), Proto: one(r, protocols...)}
	copy(p.Src[:], r.octets(4))
	copy(p.Dst[:], r.octets(4))
	p.Options = r.octets(4 * one(r, 0, 0, 0, 1, 3, 10))
	if r.IntN(12) == 0 {
		p.VersionIHL = byte(1 + r.IntN(255))
	}
	p.Payload = r.transport(p.Proto, depth)
	return p.Bytes()
}

func (r frames) ipv6(depth int) []byte {
	p := traffic.IPv6{Next: one(r, protocols...)}
	copy(p.Src[:], r.octets(16))
	copy(p.Dst[:], r.octets(16))
	p.Payload = r.transport(p.Next, depth)
	for range one(r, 0, 0, 0, 1, 1, 2, 3, 7, 8, 9) {
		p.Next, p.Payload = r.extension(p.Next, p.Payload)
	}
	b := p.Bytes()
	binary.BigEndian.PutUint32(b, one(r, uint32(6), 6, 6, 6, 6, 6, 6, 7)<<28|r.Uint32()>>4) // class and flow label
	return b
}

// extension puts an extension header in front of a payload.
func (r frames) extension(next byte, payload []byte) (byte, []byte) {
	if r.IntN(4) == 0 {
		frag := one(r, uint16(0), 0, 0x0006, 0x0001, 0x0008, 0xfff8)
		return 44, append(append([]byte{next, 0, byte(frag >> 8), byte(frag)}, r.octets(4)...), payload...)
	}
	length := one(r, 0, 0, 0, 1, 4)
	return one(r, byte(0), 43, 60), append(append([]byte{next, byte(length)}, r.octets(length*8+6)...), payload...)
}

func (r frames) transport(proto byte, depth int) []byte {
	if proto != 1 && proto != 58 || r.IntN(6) == 0 {
		return r.octets(r.IntN(40))
	}
	kinds := []byte{0, 3, 3, 4, 5, 8, 8, 11, 12, 13, 14, 9, 17, 255}
	if proto == 58 {
		kinds = []byte{0, 1, 1, 2, 3, 4, 5, 100, 128, 128, 129, 133, 135, 255}
	}
	b := append([]byte{one(r, kinds...)}, r.octets(7)...)
	if r.IntN(4) == 0 {
		b[4], b[5] = 0, 0 // identifier
	}
	if depth == 0 {
		return append(b, r.octets(r.IntN(40))...)
	}
	if r.IntN(2) == 0 {
		return append(b, r.ipv4(depth-1)...)
	}
	return append(b, r.ipv6(depth-1)...)
}
