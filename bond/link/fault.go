package link

import "strings"

// Faults are changes by another program that make a member's interface unfit for the bond. The
// zero value means no fault.
type Faults uint16

// A [Repairer] can repair the first group. The bond itself repairs FaultAddr and FaultMTU with
// [AddressSetter] and [MTUSetter]. FaultUpper is left to the operator.
const (
	FaultHostFilter  Faults = 1 << iota // frames reach the host's IP stack: the ingress filter is missing
	FaultEnslaved                       // the interface became a port of a bridge or another aggregate
	FaultHostAddress                    // the interface has IP addresses

	FaultAddr // the MAC address is not the one it was given
	FaultMTU  // the MTU is not the one it was given

	FaultUpper // another interface, such as a VLAN or a macvlan, was put on top

	FaultReception // the interface no longer receives all frames it was asked to receive; a Repairer can repair it
)

var faultTexts = [...]string{
	"its frames reach the host's IP stack: the ingress filter was removed",
	"it became a port of another interface",
	"it was given IP addresses",
	"its MAC address was changed",
	"its MTU was changed",
	"another interface was put on top of it",
	"it no longer receives all frames: promiscuity was turned off",
}

// String lists the faults in words; it is empty without faults.
func (f Faults) String() string {
	var words []string
	for i, text := range faultTexts {
		if f&(1<<i) != 0 {
			words = append(words, text)
		}
	}
	return strings.Join(words, "; ")
}
