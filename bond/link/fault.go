package link

import "strings"

// Faults are what another program has changed about a member's interface, so that it no
// longer is what the bond needs. The zero value is that nothing is wrong.
type Faults uint16

// The faults. A [Repairer] can put right the first group; the bond itself sees to
// FaultAddr and FaultMTU by [AddressSetter] and [MTUSetter]; FaultUpper is for the
// operator.
const (
	FaultHostFilter  Faults = 1 << iota // frames reach the host's IP stack: the ingress filter is missing
	FaultEnslaved                       // the interface became a port of a bridge or another aggregate
	FaultHostAddress                    // the interface has IP addresses

	FaultAddr // the MAC address is not the one it was given
	FaultMTU  // the MTU is not the one it was given

	FaultUpper // another interface, such as a VLAN or a macvlan, was put on top
)

var faultTexts = [...]string{
	"its frames reach the host's IP stack: the ingress filter was removed",
	"it became a port of another interface",
	"it was given IP addresses",
	"its MAC address was changed",
	"its MTU was changed",
	"another interface was put on top of it",
}

// String lists the faults in words; empty if there are none.
func (f Faults) String() string {
	var words []string
	for i, text := range faultTexts {
		if f&(1<<i) != 0 {
			words = append(words, text)
		}
	}
	return strings.Join(words, "; ")
}
