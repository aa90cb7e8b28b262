package ebpf

import (
	"slices"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/lagkit/lagkit/hash"
)

// TestBucketsAreReadOneByOne, as on older kernels, with the same numbers.
func TestBucketsAreReadOneByOne(t *testing.T) {
	p := testPlan(t, hash.Layer34, 3)
	p.Buckets, p.CountBuckets = []uint16{0, 1, 2}, true
	m := testMaps(t, p)
	program := m.transmitter(t, p)
	for flow := range 100 {
		runProgram(t, program, udp(flow))
	}
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		t.Fatal(err)
	}
	keys, values := make([]uint32, maxBuckets), make([]bucketCounters, maxBuckets*cpus)
	if n, err := m.lookupBuckets(keys, values, cpus); err != nil || n != maxBuckets {
		t.Fatalf("lookupBuckets = %d, %v; want %d", n, err, maxBuckets)
	}
	got := make([]uint64, maxBuckets)
	for i, c := range values {
		got[keys[i/cpus]] += c.Octets
	}
	want, err := m.octets()
	if err != nil || !slices.Equal(got, want) || slices.Max(got) == 0 {
		t.Errorf("one by one %v, want %v, %v", got, want, err)
	}
}
