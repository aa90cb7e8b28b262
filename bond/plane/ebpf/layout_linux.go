package ebpf

import (
	"strconv"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/lacp"
)

// layoutVersion changes with every change of the maps that an older program would misread.
const layoutVersion = 3

const (
	// maxMembers is how many members a plan may have. Each has a slot, which it keeps as long as
	// its interface is attached.
	maxMembers = 64
	// maxBuckets is the length of the longest table.
	maxBuckets = 1024
	// flowBuckets is how many groups of flows move one by one from a plan to the next.
	flowBuckets = 1024
)

// The state map has 64-bit entries, in the host's byte order. For the kernel they are one value,
// which a program can address without a lookup.
const (
	// entryControl has two halves of 32 bits: the control word, and the layout version. The
	// control word counts plans; its lowest bit is the half of the map that is in use.
	entryControl = iota
	entryUntil   // when frames stop, in nanoseconds since boot; 0: never
	entryChecked // see valid_linux.go
	entryPeer    // interface index of the device's peer

	entryTurn = lineLen // frames sent in turn so far
)

// Counters of frames that belong to no member.
const (
	entryNoMember = entryTurn + 1 + iota
	entryTooLong
	entryInvalid
	entryExpired
)

const (
	entryHalves = 2 * lineLen             // two plans of halfLen entries each
	entryFlows  = entryHalves + 2*halfLen // see flowlet_linux.go

	stateLen = entryFlows + flowBuckets
)

// The entries of a plan.
const (
	halfSizes   = iota    // length of the table, and in the upper 32 bits the number of members in it
	halfLimits            // longest untagged frame, and in the upper 32 bits the frames of a turn
	halfMoves             // when all flows have moved from the plan before, by CLOCK_MONOTONIC
	halfMembers = lineLen // for each slot an interface index, and in the upper 32 bits flags
	halfTable   = halfMembers + maxMembers
	halfLen     = halfTable + maxBuckets/slotsPerEntry
)

const (
	entryOctets = 8
	lineLen     = 8 // entries in a line of the processor's cache

	slotsPerEntry = 4 // a bucket has a slot of 16 bits
	slotBits      = 16
)

// The flags of a member.
const (
	flagCollecting   = 1
	flagDistributing = 2
)

// image is a plan as one half of the state map.
type image [halfLen]uint64

// compile makes the image of a plan. slots are those of its members, by id. The error is a
// [*lacp.FieldError] for a plan that does not fit.
func compile(p *plane.Plan, slots []int) (*image, error) {
	if p.SLB {
		return nil, &lacp.FieldError{Field: "SLB", Value: "true", Allowed: "false; the user plane can do it"}
	}
	img := new(image)
	for id := range p.Members {
		m := &p.Members[id]
		if m.Port == nil {
			continue
		}
		index, err := indexOf(m.Port)
		if err != nil {
			return nil, err
		}
		entry := uint64(index)
		if m.Collecting {
			entry |= flagCollecting << 32
		}
		if m.Distributing {
			entry |= flagDistributing << 32
		}
		img[halfMembers+slots[id]] = entry
	}
	img[halfLimits] = uint64(p.MTU+link.HeaderLen) | uint64(max(p.Packets, 1))<<32
	return img, img.setTable(p, slots)
}

// indexOf returns a port's interface index.
func indexOf(p link.Port) (uint32, error) {
	if i, ok := p.(link.Indexed); ok && i.Index() > 0 {
		return uint32(i.Index()), nil
	}
	return 0, &lacp.FieldError{Field: "Port", Value: p.Name(), Allowed: "a network interface of this machine"}
}

// setTable fills the table. Its length is the greatest multiple of the number of members, or of
// plan's buckets, so that a hash modulo the length picks the same one as modulo that number. The
// flows of a lost member of a resilient plan move bucket by bucket.
func (img *image) setTable(p *plane.Plan, slots []int) error {
	order, table, n := p.Order(), p.Table(), len(p.Order())
	switch {
	case p.Spread != plane.SpreadFlows:
		table = spread.NewTable(order)
	case p.Buckets != nil:
		n = len(p.Buckets)
	case p.Resilient:
		n = len(p.Present())
	}
	if n > maxBuckets {
		return &lacp.FieldError{Field: "Buckets", Value: strconv.Itoa(n), Allowed: "at most " + strconv.Itoa(maxBuckets)}
	}
	if len(order) == 0 || n == 0 {
		return nil // frames are dropped
	}
	length := n * (maxBuckets / n)
	for b := range length {
		id, _ := table.Pick(uint32(b))
		img[halfTable+b/slotsPerEntry] |= uint64(slots[id]) << (b % slotsPerEntry * slotBits)
	}
	img[halfSizes] = uint64(length) | uint64(len(order))<<32
	return nil
}
