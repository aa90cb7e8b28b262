package hash

// Options are what a hash depends on beside the policy. The zero value is the
// default of each.
type Options struct {
	// Tags is how the outer VLAN tag is seen. Default TagStripped.
	Tags TagView
}

// A Hasher computes the hash of frames. It is an immutable value: copy it
// freely, use it from any goroutine. The zero value hashes by Layer23 with
// TagStripped.
//
// A frame starts with the destination address and has no FCS. One shorter than
// an Ethernet header hashes to 0.
type Hasher struct {
	policy Policy
	tags   TagView
}

// New returns the Hasher of a policy. It fails with a [*PolicyError] or a
// [*TagViewError] for values that are none of the constants.
func New(p Policy, o Options) (Hasher, error) {
	if !p.valid() {
		return Hasher{}, &PolicyError{Value: p.String()}
	}
	if !o.Tags.valid() {
		return Hasher{}, &TagViewError{Value: o.Tags.String()}
	}
	return Hasher{policy: p, tags: o.Tags}, nil
}

// Policy returns the policy h was made with.
func (h Hasher) Policy() Policy { return h.policy }

// Tags returns how h sees the outer VLAN tag.
func (h Hasher) Tags() TagView { return h.tags }

// Sum32 returns the hash of one frame: the number the Linux bonding driver
// computes and then takes modulo the count of members.
func (h Hasher) Sum32(frame []byte) uint32 {
	if len(frame) < quickLen {
		return etherWord(frame, untag(frame, h.tags))
	}
	seen, word := quickUntag(frame, h.tags)
	ether := uint32(frame[dstLast]^frame[srcLast]) ^ number(word)
	if h.policy == Layer2 {
		return ether
	}
	var addrs, transport uint32
	var ok bool
	switch uint16(word) {
	case wireIPv4:
		addrs, transport, ok = quickIPv4(seen, word)
	case wireIPv6:
		addrs, transport, ok = quickIPv6(seen)
	default:
		return ether
	}
	if !ok {
		if addrs, transport, ok = flowOf(seen); !ok {
			return ether
		}
	}
	if h.policy == Layer34 {
		// Linux drops the lowest bit here and nowhere else.
		return fold(addrs^transport) >> 1
	}
	return fold(ether ^ addrs)
}

// Sum32s puts the hash of frames[i] into dst[i], the same as Sum32 and faster.
// It stops at the end of the shorter slice and returns how many it did.
func (h Hasher) Sum32s(dst []uint32, frames [][]byte) int {
	n := min(len(dst), len(frames))
	dst, frames = dst[:n], frames[:n]
	switch h.policy {
	case Layer2:
		sums2(dst, frames, h.tags)
	case Layer34:
		sums34(dst, frames, h.tags)
	default:
		sums23(dst, frames, h.tags)
	}
	return n
}
