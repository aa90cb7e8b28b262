package team

import (
	"math/rand/v2"

	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// frames makes random frames: mostly well formed, with every header that a policy reads, and
// some that end too early.
type frames struct{ *rand.Rand }

func newFrames(seed uint64) frames { return frames{rand.New(rand.NewPCG(seed, 2))} }

func oneOf[T any](r frames, from ...T) T { return from[r.IntN(len(from))] }

func (r frames) octets(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func (r frames) next() []byte {
	var tags []traffic.Tag
	for range oneOf(r, 0, 0, 0, 1, 1, 2) {
		tags = append(tags, traffic.Tag{TPID: oneOf(r, uint16(0x8100), 0x88a8, 0x9100), TCI: uint16(r.Uint32())})
	}
	typ, packet := oneOf(r, uint16(0x0806), 0x8809, 0x8847, 0x8100, 0x0800, 0x86dd), r.octets(r.IntN(80))
	switch r.IntN(8) {
	case 0, 1, 2, 3:
		typ, packet = 0x0800, r.ipv4(2)
	case 4, 5, 6:
		typ, packet = 0x86dd, r.ipv6(2)
	}
	f := traffic.Ether([6]byte(r.octets(6)), [6]byte(r.octets(6)), tags, typ, packet)
	if r.IntN(8) == 0 {
		f = f[:r.IntN(len(f)+1)]
	}
	return f
}

var protocols = []byte{1, 1, 58, 58, 6, 6, 17, 17, 33, 50, 51, 132, 136, 0, 2, 4, 41, 43, 44, 47, 59, 60, 255}

// ipv4 returns a packet with options, fragments and header lengths that lie.
func (r frames) ipv4(depth int) []byte {
	p := traffic.IPv4{Frag: oneOf(r, uint16(0), 0, 0x4000, 0x8000, 0x2000, 0x2001, 0x1fff), Proto: oneOf(r, protocols...)}
	copy(p.Src[:], r.octets(4))
	copy(p.Dst[:], r.octets(4))
	p.Options = r.octets(4 * oneOf(r, 0, 0, 1, 3, 10))
	if r.IntN(12) == 0 {
		p.VersionIHL = byte(1 + r.IntN(255))
	}
	p.Payload = r.transport(p.Proto, depth)
	return p.Bytes()
}

// ipv6 returns a packet with up to three extension headers.
func (r frames) ipv6(depth int) []byte {
	p := traffic.IPv6{Next: oneOf(r, protocols...)}
	copy(p.Src[:], r.octets(16))
	copy(p.Dst[:], r.octets(16))
	p.Payload = r.transport(p.Next, depth)
	for range oneOf(r, 0, 0, 1, 3) {
		p.Payload = append(append([]byte{p.Next, 0}, r.octets(6)...), p.Payload...)
		p.Next = oneOf(r, byte(0), 43, 44, 60)
	}
	return p.Bytes()
}

func (r frames) transport(proto byte, depth int) []byte {
	if proto != 1 && proto != 58 || depth == 0 || r.IntN(6) == 0 {
		return r.octets(r.IntN(40))
	}
	kinds := []byte{0, 3, 4, 5, 8, 11, 12, 13, 14, 9, 255, 1, 2, 100, 128, 129, 133}
	b := append([]byte{oneOf(r, kinds...)}, r.octets(7)...)
	if r.IntN(4) == 0 {
		b[4], b[5] = 0, 0 // identifier
	}
	if r.IntN(2) == 0 {
		return append(b, r.ipv4(depth-1)...)
	}
	return append(b, r.ipv6(depth-1)...)
}
