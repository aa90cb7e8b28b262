package ebpf

import (
	"testing"

	"github.com/cilium/ebpf"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// TestReceivedFrames checks where the program of a member sends frames. They arrive on the
// loopback interface, the only one that a test of a program has for certain.
func TestReceivedFrames(t *testing.T) {
	const loopback = 1
	p := testPlan(t, hash.Layer34, 2)
	p.Members[1].Port = port{index: loopback}
	elsewhere := *p
	elsewhere.Members = []plane.Member{p.Members[0], p.Members[0]}
	m := testMaps(t, nil)
	program := loaded(t, "test_rx", m.receiveCode(1))
	slow := traffic.Ether([6]byte{1, 0x80, 0xc2, 0, 0, 2}, [6]byte{2, 2}, nil, 0x8809, make([]byte, 110))
	lldp := traffic.Ether([6]byte{1, 0x80, 0xc2, 0, 0, 0x0e}, [6]byte{2, 2}, nil, 0x88cc, make([]byte, 46))
	notCollecting := *p
	notCollecting.Members = []plane.Member{p.Members[0], {Port: p.Members[1].Port, Distributing: true}}
	next := -1
	for _, c := range []struct {
		name    string
		plan    *plane.Plan
		frame   []byte
		until   uint64
		verdict int
	}{
		{"a frame", p, udp(0), 0, verdictRedirect},
		{"a LACPDU", p, slow, 0, next},
		{"a frame of a member that does not collect", &notCollecting, udp(0), 0, verdictDrop},
		{"a LACPDU of a member that does not collect", &notCollecting, slow, 0, next},
		{"a frame of an interface that the id no longer belongs to", &elsewhere, udp(0), 0, verdictDrop},
		{"a frame after the end", p, udp(0), 1, verdictDrop},
		{"a LACPDU after the end", p, slow, 1, next},
		{"LLDP", p, lldp, 0, next},
		{"LLDP of a member that does not collect", &notCollecting, lldp, 0, next},
	} {
		m.follow(t, c.plan)
		m.set(entryUntil, c.until)
		if err := m.clearMember(1); err != nil {
			t.Fatal(err)
		}
		verdict, err := program.Run(&ebpf.RunOptions{Data: c.frame, Context: struct {
			_     [10]uint32
			Index uint32
		}{Index: loopback}})
		if err != nil {
			t.Fatal(err)
		}
		if int32(verdict) != int32(c.verdict) {
			t.Errorf("%s: verdict %d, want %d", c.name, int32(verdict), c.verdict)
		}
		var want memberCounters
		if c.frame[13] != 0x09 { // not slow protocols
			want.RxFrames, want.RxOctets = 1, 60
		}
		if c.verdict == verdictDrop || c.plan == &notCollecting && c.frame[13] == 0xcc {
			want.RxNotCollecting = 1
		}
		if got, err := m.member(1); err != nil || got != want {
			t.Errorf("%s: counters %+v, %v; want %+v", c.name, got, err, want)
		}
	}
}
