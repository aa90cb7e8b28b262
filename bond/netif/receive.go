package netif

import "strconv"

// ReceivePolicy selects the frames that an interface is asked to receive while it is a member.
type ReceivePolicy uint8

// The values of ReceivePolicy.
const (
	// ReceiveAll asks for the frames of every station (promiscuous). It is the default, so
	// that all frames the bond's device wants arrive, such as those of VLANs and of virtual
	// machines' MAC addresses. Some adapters ignore the request, such as virtual functions
	// that their host does not trust. For those the requests of ReceiveAddressed are made
	// too.
	ReceiveAll ReceivePolicy = iota

	// ReceiveAddressed asks for the frames to the bond's MAC address and to every group, and
	// leaves promiscuity alone. An interface above the device with its own MAC address (a
	// bridge, a macvlan) then receives nothing. Nor does a VLAN if the adapter filters VLANs.
	ReceiveAddressed
)

// String returns "all" or "addressed".
func (p ReceivePolicy) String() string {
	switch p {
	case ReceiveAll:
		return "all"
	case ReceiveAddressed:
		return "addressed"
	}
	return "ReceivePolicy(" + strconv.Itoa(int(p)) + ")"
}
