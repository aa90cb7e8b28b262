package hash

// Options holds the parameters of a hash besides the policy. The zero value of each field
// is its default.
type Options struct {
	// Tags is the view of the outer VLAN tag. The default is TagStripped. Flow always
	// steps over tags.
	Tags TagView

	// The other options are for Flow. New rejects all of them but Seed with any other
	// policy.

	// Seed is the key. Give each system its own, from a random source or [SeedFrom].
	// Two systems in series with the same seed use only some of their links, and anyone
	// who knows the seed can aim all traffic at one link. The zero seed spreads as well
	// as any other, but it is public. Hardened uses the first 16 octets. Other policies
	// ignore it.
	Seed [SeedSize]byte
	// Symmetric gives both directions of a conversation the same hash. ESP and AH are
	// then hashed by their addresses only, because their SPIs differ. MPLS labels, IPv6
	// flow labels and the sessions of tunnels do not count either. It takes about twice
	// as long.
	Symmetric bool
	// Inner hashes the packet in a tunnel in place of the outer one: IP in IP, GRE,
	// PPTP, L2TP, MPLS in IP or UDP, VXLAN, Geneve, GTP-U. The session of L2TP or PPTP
	// counts, too. A fragmented tunnel packet is hashed by the outer addresses.
	Inner bool
	// Hardened hashes by SipHash-1-3. It is for networks whose users may watch the links
	// and search for frames that collide. It takes about five times as long.
	Hardened bool
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
			return &FieldError{set.name, "true", "false with policy " + p.String() + "; policy flow has the option"}
		}
	}
	return nil
}
