package hash_test

import (
	"math"
	"math/rand/v2"

	"github.com/lagkit/lagkit/hash/internal/traffic"
)

// A flowSet is traffic for measuring a spread, with one frame per flow.
type flowSet struct {
	name   string
	frames [][]byte
	sizes  []float64 // load of each flow; nil if every load is 1
}

// flowSets returns sets of flows that some hash spreads badly.
func flowSets() []flowSet {
	r := rand.New(rand.NewPCG(10, 11))
	var sets []flowSet
	add := func(name string, n int, one func(i int) []byte) *flowSet {
		s := flowSet{name: name}
		for i := range n {
			s.frames = append(s.frames, one(i))
		}
		sets = append(sets, s)
		return &sets[len(sets)-1]
	}
	port := func() uint16 { return uint16(1024 + r.IntN(64512)) }
	ports := r.Perm(64512) // no flow twice
	add("NAT: one pair, random source ports", 20000, func(i int) []byte {
		return flow(1, 2, host(10, 0, 0, 1), host(10, 0, 0, 2), uint16(1024+ports[i]), 443)
	})
	add("one pair, even source ports", 10000, func(i int) []byte {
		return flow(1, 2, host(10, 0, 0, 1), host(10, 0, 0, 2), uint16(2*i), 443)
	})
	add("clients that count up", 254*40, func(i int) []byte {
		c := byte(1 + i%254)
		return flow(c+31, 99, host(10, 0, 0, c), host(10, 0, 1, 1), port(), 443)
	})
	add("the same with fixed ports", 254, func(i int) []byte {
		c := byte(1 + i)
		return flow(c+31, 99, host(10, 0, 0, c), host(10, 0, 1, 1), 700, 2049)
	})
	add("pairs a.i to b.i, fixed ports", 254, func(i int) []byte {
		c := byte(1 + i)
		return flow(c, c, host(10, 0, 0, c), host(10, 0, 1, c), 4791, 4791)
	})
	add("16 to 16, fixed ports", 256, func(i int) []byte {
		a, b := byte(1+i%16), byte(1+i/16)
		return flow(a, 16+b, host(10, 0, 0, a), host(10, 0, 1, b), 4791, 4791)
	})
	pareto := add("Pareto sizes", 20000, func(int) []byte {
		return flow(1, 2, host(10, 0, byte(r.Uint32()), byte(r.Uint32())), host(10, 1, 0, byte(r.Uint32())), port(), 443)
	})
	for range pareto.frames {
		pareto.sizes = append(pareto.sizes, paretoSize(r, 1.2))
	}
	return sets
}

// paretoSize returns a random size of at least 1 with a heavy tail.
func paretoSize(r *rand.Rand, shape float64) float64 {
	return math.Pow(1-r.Float64(), -1/shape)
}

// size returns the load of flow i.
func (s flowSet) size(i int) float64 {
	if s.sizes == nil {
		return 1
	}
	return s.sizes[i]
}

// maxMean returns the greatest load of n members divided by their mean, 1 at best.
func (s flowSet) maxMean(n int, member func(i int) int) float64 {
	var load [64]float64
	total, most := 0.0, 0.0
	for i := range s.frames {
		size := s.size(i)
		load[member(i)] += size
		total += size
	}
	for _, l := range load[:n] {
		most = max(most, l)
	}
	return most * float64(n) / total
}

// flow returns a TCP frame between two stations.
func flow(src, dst byte, from, to [4]byte, sport, dport uint16) []byte {
	p := traffic.IPv4{Src: from, Dst: to, Proto: traffic.TCP, Frag: 0x4000, Payload: traffic.Ports(sport, dport, 40)}
	return traffic.Ether([6]byte{2, 0, 0, 0, 1, dst}, [6]byte{2, 0, 0, 0, 0, src}, nil, traffic.TypeIPv4, p.Bytes())
}

func host(a, b, c, d byte) [4]byte { return [4]byte{a, b, c, d} }
