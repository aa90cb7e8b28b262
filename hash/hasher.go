package hash

// A Hasher computes the hash of frames. It is immutable, may be copied, and is safe for
// concurrent use. The zero value hashes by Layer23 with TagStripped.
//
// A frame starts with the destination address and has no FCS. A frame shorter than an
// Ethernet header hashes to 0.
type Hasher struct {
	policy Policy
	tags   TagView
	flow   *flowKey // for policy Flow
}

// New returns a Hasher for a policy. The error is a [*FieldError]: the policy or tag view is
// not one of the constants, or the policy does not have a given option.
func New(p Policy, o Options) (Hasher, error) {
	if !p.valid() {
		return Hasher{}, &FieldError{"Policy", p.String(), policiesAllowed}
	}
	if !o.Tags.valid() {
		return Hasher{}, &FieldError{"Tags", o.Tags.String(), "stripped, inline or socket"}
	}
	if err := o.check(p); err != nil {
		return Hasher{}, err
	}
	h := Hasher{policy: p, tags: o.Tags}
	if p == Flow {
		h.flow = newFlowKey(o)
	}
	return h, nil
}

// Policy returns the policy h was made with.
func (h Hasher) Policy() Policy { return h.policy }

// FlowKeys returns the keys of policy Flow's rounds, for a program that computes the same hash
// elsewhere, such as in the kernel. ok is false for other policies, and for Flow with Symmetric,
// Inner or Hardened, which need more than the keys. They are as secret as the seed.
func (h Hasher) FlowKeys() (keys [8]uint64, ok bool) {
	if h.flow == nil || h.flow.variant || h.flow.inner {
		return keys, false
	}
	return h.flow.k, true
}

// Tags returns how h sees the outer VLAN tag.
func (h Hasher) Tags() TagView { return h.tags }

// Sum32 returns the hash of one frame. For the policies of Linux it is the number that
// the bonding driver computes and then takes modulo the number of members.
func (h Hasher) Sum32(frame []byte) uint32 {
	if len(frame) < quickLen || h.policy > Layer34 {
		return h.otherSum(frame)
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
	switch {
	case !ok:
		return h.plainSum(look(frame, h.tags), nil)
	case h.policy == Layer34:
		return fold(addrs^transport) >> 1
	}
	return fold(ether ^ addrs)
}

// otherSum is Sum32 for very short frames and for policies other than Layer23, Layer2 and
// Layer34. Those three are the lowest Policy values.
func (h Hasher) otherSum(frame []byte) uint32 {
	switch h.policy {
	case Flow:
		return h.flow.sum32(frame)
	case Encap23, Encap34:
		return encapSum(frame, h.tags, h.policy == Encap34)
	}
	return h.plainSum(look(frame, h.tags), nil)
}

// plainSum computes the hash without the quick functions, for any policy and frame.
func (h Hasher) plainSum(v view, t *Trace) uint32 {
	switch h.policy {
	case DPDKLayer2, DPDKLayer23, DPDKLayer34:
		return v.dpdkSum(h.policy, t)
	case Flow:
		return h.flow.viewSum(v, t)
	}
	return v.linuxSum(h.policy, t)
}

// SumMeta returns the hash of a frame whose outer VLAN tag is kept outside it, as
// hardware and packet sockets deliver it. tci is the whole tag control information,
// priority included. If tagged is false the frame has no such tag. SumMeta treats tags in
// the frame as TagInline does, regardless of the Hasher's own TagView. Linux's policies
// treat them, and the tag outside the frame, as they do in the kernel.
func (h Hasher) SumMeta(frame []byte, tci uint16, tagged bool) uint32 {
	v := view{frame: frame, seen: frame, beside: tagged}
	if tagged {
		v.tci = tci
	}
	return h.plainSum(v, nil)
}

// Sum32s stores the hash of frames[i] in dst[i]. It returns the same hashes as Sum32,
// but faster. It stops at the end of the shorter slice and returns the number of frames
// hashed. It does not allocate.
func (h Hasher) Sum32s(dst []uint32, frames [][]byte) int {
	n := min(len(dst), len(frames))
	dst, frames = dst[:n], frames[:n]
	switch h.policy {
	case Layer2:
		sums2(dst, frames, h.tags)
	case Layer23:
		sums23(dst, frames, h.tags)
	case Layer34:
		sums34(dst, frames, h.tags)
	case Encap23:
		sumsEncap23(dst, frames, h.tags)
	case Encap34:
		sumsEncap34(dst, frames, h.tags)
	case Flow:
		h.flow.sums(dst, frames)
	default:
		for i, f := range frames {
			dst[i] = h.Sum32(f)
		}
	}
	return n
}
