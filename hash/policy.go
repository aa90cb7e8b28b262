package hash

import (
	"strconv"
	"strings"
)

// A Policy selects the fields of a frame that are hashed, and the hash function. The zero
// value is Layer23. The values are this package's own; [Policy.LinuxNumber] returns the
// kernel's.
type Policy uint8

const (
	// Layer23 hashes Ethernet header and IP addresses: "layer2+3", Linux number 2. It is
	// the default.
	Layer23 Policy = iota
	// Layer2 hashes the Ethernet header: "layer2", Linux number 0.
	Layer2
	// Layer34 hashes IP addresses and ports: "layer3+4", Linux number 1.
	Layer34
	// Encap23 is Layer23 applied to the innermost addresses of tunnels: "encap2+3",
	// Linux number 3.
	Encap23
	// Encap34 is Layer34 applied to the innermost addresses and ports of tunnels:
	// "encap3+4", Linux number 4.
	Encap34
	// VLANSrcMAC hashes the tag and the source address: "vlan+srcmac", Linux
	// number 5.
	VLANSrcMAC
	// Flow is this package's keyed hash of addresses, protocol and ports:
	// "flow". Options has its seed and variants.
	Flow
	// DPDKLayer2 is "l2" of the DPDK bonding driver: "dpdk:l2".
	DPDKLayer2
	// DPDKLayer23 is "l23" of the DPDK bonding driver: "dpdk:l23".
	DPDKLayer23
	// DPDKLayer34 is "l34" of the DPDK bonding driver: "dpdk:l34".
	DPDKLayer34
)

// noNumber stands for a policy that Linux does not have.
const noNumber = -1

// policies holds, in the order of the constants, the names and Linux's numbers.
var policies = [...]struct {
	name   string
	number int
}{
	Layer23:     {"layer2+3", 2},
	Layer2:      {"layer2", 0},
	Layer34:     {"layer3+4", 1},
	Encap23:     {"encap2+3", 3},
	Encap34:     {"encap3+4", 4},
	VLANSrcMAC:  {"vlan+srcmac", 5},
	Flow:        {"flow", noNumber},
	DPDKLayer2:  {"dpdk:l2", noNumber},
	DPDKLayer23: {"dpdk:l23", noNumber},
	DPDKLayer34: {"dpdk:l34", noNumber},
}

// Policies returns all policies: the six of Linux by number, then the others.
func Policies() []Policy {
	return []Policy{
		Layer2, Layer34, Layer23, Encap23, Encap34, VLANSrcMAC,
		Flow, DPDKLayer2, DPDKLayer23, DPDKLayer34,
	}
}

// policiesAllowed is the list of policies in error messages.
const policiesAllowed = "layer2 (or 0), layer2+3 (or 2), layer3+4 (or 1), encap2+3 (or 3)," +
	" encap3+4 (or 4), vlan+srcmac (or 5), flow, dpdk:l2, dpdk:l23, dpdk:l34," +
	" or FreeBSD layers such as l2,l3,l4"

// ParsePolicy reads the name of a policy, ignoring case:
//
//   - as Linux, iproute2, systemd-networkd, netplan and ifupdown write it
//     ("layer3+4"), or its Linux number ("1");
//   - as TrueNAS writes it ("LAYER3+4");
//   - "flow";
//   - as the DPDK bonding driver does, with or without prefix ("dpdk:l34",
//     "l34"; only "dpdk:l2", because "l2" alone is FreeBSD's);
//   - as FreeBSD's lagghash does: a list of l2, l3, l4, with or without the
//     prefix "lagg:". FreeBSD picks members by a hash with a random key, so its
//     choices cannot be reproduced. The list stands for the Linux policy that
//     reads up to the same layer: "l2" is Layer2, "l3" and "l2,l3" are Layer23,
//     and any list with l4 is Layer34.
//
// For any other text it returns a [*FieldError].
func ParsePolicy(s string) (Policy, error) {
	for i, p := range policies {
		if strings.EqualFold(s, p.name) || p.number != noNumber && s == strconv.Itoa(p.number) {
			return Policy(i), nil
		}
	}
	switch lower := strings.ToLower(s); lower {
	case "l23":
		return DPDKLayer23, nil
	case "l34":
		return DPDKLayer34, nil
	default:
		if p, ok := parseLagg(strings.TrimPrefix(lower, "lagg:")); ok {
			return p, nil
		}
	}
	return 0, &FieldError{"Policy", s, policiesAllowed}
}

// parseLagg reads a list of different layers.
func parseLagg(list string) (Policy, bool) {
	layers := [...]string{"l2", "l3", "l4"}
	var seen [len(layers)]bool
next:
	for name := range strings.SplitSeq(list, ",") {
		for i, layer := range layers {
			if name == layer && !seen[i] {
				seen[i] = true
				continue next
			}
		}
		return 0, false
	}
	switch {
	case seen[2]:
		return Layer34, true
	case seen[1]:
		return Layer23, true
	}
	return Layer2, true
}

// valid reports whether p is one of the constants.
func (p Policy) valid() bool { return int(p) < len(policies) }

// LinuxNumber returns the number of p in the Linux bonding driver
// (BOND_XMIT_POLICY_…), or -1 if Linux has no such policy.
func (p Policy) LinuxNumber() int {
	if !p.valid() {
		return noNumber
	}
	return policies[p].number
}

// String returns the name of p, such as "layer2+3".
func (p Policy) String() string {
	if !p.valid() {
		return "Policy(" + strconv.Itoa(int(p)) + ")"
	}
	return policies[p].name
}

// MarshalText returns the name of p, or a [*FieldError] if p is not one of the
// constants.
func (p Policy) MarshalText() ([]byte, error) {
	if !p.valid() {
		return nil, &FieldError{"Policy", p.String(), policiesAllowed}
	}
	return []byte(p.String()), nil
}

// UnmarshalText accepts the same text as [ParsePolicy]. On error p does not change.
func (p *Policy) UnmarshalText(text []byte) error {
	v, err := ParsePolicy(string(text))
	if err != nil {
		return err
	}
	*p = v
	return nil
}
