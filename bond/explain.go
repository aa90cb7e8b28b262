package bond

import (
	"net"
	"strconv"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/allowed"
)

// Explanation is how a bond would send a frame now.
type Explanation struct {
	// Spread is how the mode distributes frames.
	Spread plane.Spread

	// Members send the frame: with flows one member, with copies all of them, otherwise one of
	// these, whichever flow the frame belongs to. It is empty if no member distributes.
	Members []string

	// Order are the members that the hash chooses from, in its order: the hash modulo their
	// number picks one. With buckets it has the members that have any.
	Order []string

	// Trace is how the frame got its hash, and its bucket, if the bond has any. It is nil if the
	// frame is not hashed: in the other modes, and with one member.
	Trace *hash.Trace

	// Buckets is how many buckets of flows the members share; 0 without buckets.
	Buckets int
}

// Explain returns which member sends an Ethernet frame, without FCS, and why. Nothing is sent.
// A frame that waits because its flow has just moved is explained as if it did not wait.
//
// The error is a [*ConfigError] if the frame is not one of data, or [net.ErrClosed].
func (b *Bond) Explain(frame []byte) (Explanation, error) {
	if len(frame) < link.HeaderLen {
		return Explanation{}, allowed.Refuse("frame", strconv.Itoa(len(frame))+" octets", "an Ethernet header and more")
	}
	if frame[12] == link.EtherTypeSlow>>8 && frame[13] == link.EtherTypeSlow&0xff {
		return Explanation{}, allowed.Refuse("frame", "EtherType 0x8809", "a frame of data: the bond itself sends those of the slow protocols")
	}
	var e Explanation
	err := net.ErrClosed
	b.do(func() {
		if !b.left {
			e, err = b.explain(frame), nil
		}
	})
	return e, err
}

func (b *Bond) explain(frame []byte) Explanation {
	c := b.plan.Explain(frame)
	e := Explanation{Spread: b.plan.Spread, Members: b.namesOf(c.Members), Order: b.namesOf(c.Order), Trace: c.Trace}
	if c.Trace != nil {
		e.Buckets = len(b.plan.Buckets)
	}
	return e
}

// namesOf returns the names of members.
func (b *Bond) namesOf(ids []uint16) (names []string) {
	for _, id := range ids {
		names = append(names, b.members[id].link.Name())
	}
	return names
}
