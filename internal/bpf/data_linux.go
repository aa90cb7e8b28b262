package bpf

import (
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// TaggedLen is the length of a slow-protocols frame after [Data] has found it after VLAN tags
// and truncated it. No frame is that short, so the reader of the socket can count it.
const TaggedLen = 12

// maxTags is how many VLAN tags Data skips, beyond the one that the kernel has taken out of
// the frame.
const maxTags = 7

// Data accepts data frames that came from outside. Slow-protocols frames are not data,
// whatever VLAN tags they carry. Those with at most one tag are read, or counted, on the
// control sockets.
var Data = data()

// Nothing accepts no frame.
var Nothing = assemble(nil, 0)

func data() []unix.SockFilter {
	prog := []unix.SockFilter{
		load(loadWord, packetType),
		equal(unix.PACKET_OUTGOING, drop, next),
		load(loadHalf, 12),
		equal(link.EtherTypeSlow, drop, next),
	}
	for tag := range uint32(maxTags) {
		prog = append(prog,
			equal(unix.ETH_P_8021Q, 2, next),
			equal(unix.ETH_P_8021AD, 1, next),
			equal(unix.ETH_P_QINQ1, next, accept),
			load(loadHalf, 12+link.TagLen*(tag+1)),
			equal(link.EtherTypeSlow, cut, next))
	}
	return assemble(prog, ^uint32(0), 0, TaggedLen)
}
