package hash

// Options are what a hash depends on beside the policy. The zero value is the
// default of each.
type Options struct {
	// Tags is how the outer VLAN tag is seen. Default TagStripped. Flow steps
	// over tags in any case.
	Tags TagView

	// The rest is for Flow; with another policy all but Seed is refused.

	// Seed is the key. Give each system one of its own, from a random source or
	// [SeedFrom]: two systems with the same seed, one behind the other, use a
	// part of their links only, and who knows the seed can aim all traffic at
	// one link. The zero seed is as good as any other, but everybody knows it.
	// Hardened uses the first 16 octets. Other policies ignore it.
	Seed [SeedSize]byte
	// Symmetric gives both directions of a conversation the same hash. ESP and
	// AH then count by their addresses only, since their SPIs differ; MPLS labels,
	// IPv6 flow labels and the sessions of tunnels do not count either. It takes
	// about twice as long.
	Symmetric bool
	// Inner hashes the packet in a tunnel in place of the outer one: IP in IP,
	// GRE, PPTP, L2TP, MPLS in IP or UDP, VXLAN, Geneve, GTP-U. The session of L2TP
	// or PPTP counts, too. A tunnel packet that is fragmented stays with the outer
	// addresses.
	Inner bool
	// Hardened hashes by SipHash-1-3, for networks whose users may watch the
	// links and search for frames that collide. It takes about five times as
	// long.
	Hardened bool
}

// An OptionError reports an option that the policy does not have.
type OptionError struct {
	// Option is the field of Options.
	Option string
	Policy Policy
}

// Error names the option and the policy that has it.
func (e *OptionError) Error() string {
	return "hash: option " + e.Option + " with policy " + e.Policy.String() + ": want policy flow, or the option off"
}

// check returns the first option that p does not have.
func (o Options) check(p Policy) error {
	if p == Flow {
		return nil
	}
	for _, set := range []struct {
		on   bool
		name string
	}{{o.Symmetric, "Symmetric"}, {o.Inner, "Inner"}, {o.Hardened, "Hardened"}} {
		if set.on {
			return &OptionError{set.name, p}
		}
	}
	return nil
}
