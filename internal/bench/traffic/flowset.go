package traffic

import (
	"math"
	"math/rand/v2"
)

// A FlowSet is traffic for measuring a spread, with one frame per flow.
type FlowSet struct {
	Name   string
	Frames [][]byte
	Sizes  []float64 // load of each flow; nil if every load is 1
}

// FlowSets returns sets of flows that some hash spreads badly.
func FlowSets() []FlowSet {
	r := rand.New(rand.NewPCG(10, 11))
	var sets []FlowSet
	add := func(name string, n int, one func(i int) []byte) *FlowSet {
		s := FlowSet{Name: name}
		for i := range n {
			s.Frames = append(s.Frames, one(i))
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
	for range pareto.Frames {
		pareto.Sizes = append(pareto.Sizes, ParetoSize(r, 1.2))
	}
	return sets
}

// ParetoSize returns a random size of at least 1 with a heavy tail.
func ParetoSize(r *rand.Rand, shape float64) float64 {
	return math.Pow(1-r.Float64(), -1/shape)
}

// Size returns the load of flow i.
func (s FlowSet) Size(i int) float64 {
	if s.Sizes == nil {
		return 1
	}
	return s.Sizes[i]
}

// MaxMean returns the highest load of n members divided by their mean. 1 is the best.
func (s FlowSet) MaxMean(n int, member func(i int) int) float64 {
	var load [64]float64
	total, most := 0.0, 0.0
	for i := range s.Frames {
		size := s.Size(i)
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
	p := IPv4{Src: from, Dst: to, Proto: TCP, Frag: 0x4000, Payload: Ports(sport, dport, 40)}
	return Ether([6]byte{2, 0, 0, 0, 1, dst}, [6]byte{2, 0, 0, 0, 0, src}, nil, TypeIPv4, p.Bytes())
}

func host(a, b, c, d byte) [4]byte { return [4]byte{a, b, c, d} }
