package hash

import (
	"strconv"
	"strings"
)

// Policy says what of a frame is hashed. The zero value is Layer23. The values
// are this package's own; [Policy.LinuxNumber] gives the kernel's.
type Policy uint8

const (
	// Layer23 hashes Ethernet header and IP addresses: "layer2+3", Linux
	// number 2. The default.
	Layer23 Policy = iota
	// Layer2 hashes the Ethernet header: "layer2", Linux number 0.
	Layer2
	// Layer34 hashes IP addresses and ports: "layer3+4", Linux number 1.
	Layer34
)

// policies holds, in the order of the constants, how Linux calls them.
var policies = [...]struct {
	name   string
	number int
}{
	Layer23: {"layer2+3", 2},
	Layer2:  {"layer2", 0},
	Layer34: {"layer3+4", 1},
}

// A PolicyError reports a value that is not a transmit hash policy.
type PolicyError struct {
	// Value is the refused text, or the number of a Policy out of range.
	Value string
}

// Error names the value and everything that is allowed.
func (e *PolicyError) Error() string {
	return "hash: transmit hash policy " + strconv.Quote(e.Value) +
		" unknown: want layer2 (or 0), layer2+3 (or 2), layer3+4 (or 1)"
}

// ParsePolicy reads the name of a policy, ignoring case ("layer3+4", and
// "LAYER3+4" as TrueNAS writes it), or its Linux number ("1"). Anything else is
// a [*PolicyError].
func ParsePolicy(s string) (Policy, error) {
	for i, p := range policies {
		if strings.EqualFold(s, p.name) || s == strconv.Itoa(p.number) {
			return Policy(i), nil
		}
	}
	return 0, &PolicyError{Value: s}
}

// valid reports whether p is one of the constants.
func (p Policy) valid() bool { return int(p) < len(policies) }

// LinuxNumber returns the number of p in the Linux bonding driver
// (BOND_XMIT_POLICY_…), or -1 when p is none of the constants.
func (p Policy) LinuxNumber() int {
	if !p.valid() {
		return -1
	}
	return policies[p].number
}

// String returns the Linux name of p, such as "layer2+3".
func (p Policy) String() string {
	if !p.valid() {
		return "Policy(" + strconv.Itoa(int(p)) + ")"
	}
	return policies[p].name
}

// MarshalText returns the Linux name of p, or a [*PolicyError] when p is none
// of the constants.
func (p Policy) MarshalText() ([]byte, error) {
	if !p.valid() {
		return nil, &PolicyError{Value: p.String()}
	}
	return []byte(p.String()), nil
}

// UnmarshalText reads what [ParsePolicy] reads. On error p is left alone.
func (p *Policy) UnmarshalText(text []byte) error {
	v, err := ParsePolicy(string(text))
	if err != nil {
		return err
	}
	*p = v
	return nil
}
