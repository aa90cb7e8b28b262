package ebpf

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/cilium/ebpf"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
	"github.com/lagkit/lagkit/lacp"
)

// verdictRedirect is what a program returns that has redirected the frame.
const verdictRedirect = 7

// transmitter loads the transmit program of a plan.
func (m *maps) transmitter(t testing.TB, p *plane.Plan) *ebpf.Program {
	t.Helper()
	c, err := m.transmitCode(p, DefaultPause)
	if err != nil {
		t.Fatal(err)
	}
	return loaded(t, "test_tx", c)
}

// sent returns how many frames each member has sent.
func (m *maps) sent(t testing.TB, n int) []uint64 {
	t.Helper()
	counts := make([]uint64, n)
	for id := range counts {
		c, err := m.member(id)
		if err != nil {
			t.Fatal(err)
		}
		counts[id] = c.TxFrames
	}
	return counts
}

func TestFlowsAreCounted(t *testing.T) {
	p := testPlan(t, hash.Layer34, 3)
	p.Buckets, p.CountBuckets = []uint16{0, 1, 2}, true
	m := testMaps(t, p)
	program := m.transmitter(t, p)
	want, octets := make([]uint64, 3), make(map[uint32]uint64)
	for flow := range 400 {
		if got := runProgram(t, program, udp(flow)); got != verdictRedirect {
			t.Fatalf("flow %d: verdict %d, want %d", flow, got, verdictRedirect)
		}
		sum := p.Hash.Sum32(udp(flow))
		id, _ := p.Table().Pick(sum)
		want[id]++
		octets[sum%1023] += 60 // the greatest multiple of 3 up to 1024
	}
	for id, frames := range want {
		c, err := m.member(id)
		if err != nil {
			t.Fatal(err)
		}
		if c.TxFrames != frames || c.TxOctets != frames*60 {
			t.Errorf("member %d: %d frames and %d octets sent, want %d and %d", id, c.TxFrames, c.TxOctets, frames, frames*60)
		}
	}
	got, err := m.octets()
	if err != nil {
		t.Fatal(err)
	}
	for bucket, n := range octets {
		if got[bucket] != n {
			t.Errorf("bucket %d: %d octets, want %d", bucket, got[bucket], n)
		}
	}
}

// TestBucketsAreCountedOnRequest: the balancer is the only one that reads them.
func TestBucketsAreCountedOnRequest(t *testing.T) {
	p := testPlan(t, hash.Layer34, 3)
	p.Buckets = []uint16{0, 1, 2}
	for _, counted := range []bool{false, true} {
		p.CountBuckets = counted
		m := testMaps(t, p)
		if got := runProgram(t, m.transmitter(t, p), udp(0)); got != verdictRedirect {
			t.Fatalf("CountBuckets %v: verdict %d, want %d", counted, got, verdictRedirect)
		}
		got, err := m.octets()
		if err != nil {
			t.Fatal(err)
		}
		want := make([]uint64, maxBuckets)
		if counted {
			want[p.Hash.Sum32(udp(0))%1023] = 60
		}
		if !slices.Equal(got, want) {
			t.Errorf("CountBuckets %v: octets %v, want %v", counted, got, want)
		}
	}
}

func TestMembersTakeTurns(t *testing.T) {
	p := testPlan(t, hash.Layer2, 3)
	p.Spread, p.Packets = plane.SpreadInTurn, 2
	m := testMaps(t, p)
	program := m.transmitter(t, p)
	for n := range 60 {
		runProgram(t, program, udp(0))
		turn := n/2 + 1 // each member's two frames come one after the other
		if sent := m.sent(t, 3); sent[(turn-1)%3] != uint64((turn-1)/3*2+n%2+1) {
			t.Fatalf("after %d frames the members have sent %v", n+1, sent)
		}
	}
}

func TestEachFrameIsOnAnyMember(t *testing.T) {
	p := testPlan(t, hash.Layer2, 2)
	p.Spread = plane.SpreadAtRandom
	m := testMaps(t, p)
	program := m.transmitter(t, p)
	for range 1000 {
		runProgram(t, program, udp(0))
	}
	if sent := m.sent(t, 2); sent[0] < 400 || sent[1] < 400 || sent[0]+sent[1] != 1000 {
		t.Errorf("of 1000 frames the members have sent %v, want about half each", sent)
	}
}

func TestCopiesAreOnEachMember(t *testing.T) {
	for _, n := range []int{1, 2, 3, maxMembers} {
		p := testPlan(t, hash.Layer2, n)
		p.Spread = plane.SpreadCopies
		m := testMaps(t, p)
		if got := runProgram(t, m.transmitter(t, p), udp(0)); got != verdictRedirect {
			t.Errorf("%d members: verdict %d, want %d", n, got, verdictRedirect)
		}
		for id, sent := range m.sent(t, n) {
			if sent != 1 {
				t.Errorf("member %d of %d has sent %d frames, want 1", id, n, sent)
			}
		}
	}
}

// TestFramesThatAreDropped checks the reasons to drop a frame and their counters.
func TestFramesThatAreDropped(t *testing.T) {
	p := testPlan(t, hash.Layer34, 2)
	m := testMaps(t, p)
	program := m.transmitter(t, p)
	tag := func(n int) (tags []traffic.Tag) {
		for i := range n {
			tags = append(tags, traffic.Tag{TPID: 0x8100, TCI: uint16(i + 1)})
		}
		return tags
	}
	long := func(tags, payload int) []byte {
		return traffic.Ether([6]byte{2, 1}, [6]byte{2, 2}, tag(tags), 0x88b5, make([]byte, payload))
	}
	past, future := clock(unix.CLOCK_BOOTTIME)-1, uint64(math.MaxInt64)
	for _, c := range []struct {
		name  string
		frame []byte
		until uint64
		entry int // that counts it; 0: it is sent
	}{
		{"a frame", udp(0), 0, 0},
		{"the longest frame", long(0, 1500), 0, 0},
		{"a frame that is too long", long(0, 1501), 0, entryTooLong},
		{"the longest frame with a tag", long(1, 1500), 0, 0},
		{"a frame with a tag that is too long", long(1, 1501), 0, entryTooLong},
		{"the longest frame with two tags", long(2, 1500), 0, 0},
		{"a frame with two tags that is too long", long(2, 1501), 0, entryTooLong},
		{"a frame with three tags", long(3, 1500), 0, entryTooLong},
		{"a slow-protocols frame", traffic.Ether([6]byte{1, 0x80, 0xc2, 0, 0, 2}, [6]byte{2, 2}, nil, 0x8809, make([]byte, 110)), 0, entryInvalid},
		{"a frame before the end", udp(0), future, 0},
		{"a frame after the end", udp(0), past, entryExpired},
	} {
		m.set(entryUntil, c.until)
		before := make(map[int]uint64)
		for entry := entryNoMember; entry <= entryExpired; entry++ {
			before[entry] = m.get(entry)
		}
		got, want := runProgram(t, program, c.frame), uint32(verdictDrop)
		if c.entry == 0 {
			want = verdictRedirect
		}
		if got != want {
			t.Errorf("%s: verdict %d, want %d", c.name, got, want)
		}
		for entry, n := range before {
			if entry == c.entry {
				n++
			}
			if m.get(entry) != n {
				t.Errorf("%s: counter %d is %d, want %d", c.name, entry, m.get(entry), n)
			}
		}
	}
	m.set(entryUntil, 0)
	m.follow(t, without(without(p, 0), 1))
	if got := runProgram(t, program, udp(0)); got != verdictDrop || m.get(entryNoMember) != 1 {
		t.Errorf("without a member: verdict %d, counter %d; want %d, 1", got, m.get(entryNoMember), verdictDrop)
	}
}

func TestUnknownSpreadIsRefused(t *testing.T) {
	p := testPlan(t, hash.Layer34, 1)
	p.Spread = 99
	_, err := testMaps(t, nil).transmitCode(p, DefaultPause)
	var refused *lacp.FieldError
	if !errors.As(err, &refused) || refused.Field != "Spread" {
		t.Errorf("error %v, want a FieldError about Spread", err)
	}
}
