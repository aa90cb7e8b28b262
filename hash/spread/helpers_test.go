package spread_test

import (
	"math/rand/v2"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// tcpFrame returns an Ethernet frame with a TCP segment.
func tcpFrame() []byte {
	p := traffic.IPv4{Src: [4]byte{10, 0, 0, 1}, Dst: [4]byte{10, 0, 0, 2}, Proto: traffic.TCP, Payload: traffic.Ports(1000, 80, 16)}
	return traffic.Ether([6]byte{2, 0, 0, 0, 0, 5}, [6]byte{2, 0, 0, 0, 0, 11}, nil, traffic.TypeIPv4, p.Bytes())
}

// hasher returns a Hasher, or ends the test.
func hasher(t testing.TB, p hash.Policy, o hash.Options) hash.Hasher {
	t.Helper()
	h, err := hash.New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// table returns a Table of members 0 to n-1.
func table(n int) *spread.Table {
	members := make([]uint16, n)
	for i := range members {
		members[i] = uint16(i)
	}
	return spread.NewTable(members)
}
