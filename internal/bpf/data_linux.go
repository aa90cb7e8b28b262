package bpf

import (
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// TaggedLen is how much [Data] leaves of a slow-protocols frame that it finds after VLAN
// tags: less than any frame has, so that the reader of the socket can count it.
const TaggedLen = 12

// maxTags is how many VLAN tags Data looks behind, beyond the one that the kernel has
// taken out of the frame.
const maxTags = 7

// Data accepts data frames that came from outside. Slow-protocols frames are none,
// whatever VLAN tags they carry: those with at most one are read, or counted, on the
// control socket.
var Data = data()

func data() []unix.SockFilter {
	const (
		perTag = 5
		accept = 4 + perTag*maxTags
		tagged = accept + 1
		drop   = accept + 2
	)
	var prog []unix.SockFilter
	to := func(target int) uint8 { return uint8(target - len(prog) - 1) }
	add := func(f unix.SockFilter) { prog = append(prog, f) }

	add(stmt(loadWord, bpfPacketType))
	add(jump(unix.BPF_JEQ, unix.PACKET_OUTGOING, to(drop), 0))
	add(stmt(loadHalf, 12))
	add(jump(unix.BPF_JEQ, link.EtherTypeSlow, to(drop), 0))
	for tag := range uint32(maxTags) {
		add(jump(unix.BPF_JEQ, unix.ETH_P_8021Q, 2, 0))
		add(jump(unix.BPF_JEQ, unix.ETH_P_8021AD, 1, 0))
		add(jump(unix.BPF_JEQ, unix.ETH_P_QINQ1, 0, to(accept)))
		add(stmt(loadHalf, 12+link.TagLen*(tag+1)))
		add(jump(unix.BPF_JEQ, link.EtherTypeSlow, to(tagged), 0))
	}
	return append(prog, stmt(verdict, ^uint32(0)), stmt(verdict, TaggedLen), stmt(verdict, 0))
}
