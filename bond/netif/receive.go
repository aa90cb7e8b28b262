package netif

import "strconv"

// ReceivePolicy says which frames an interface is asked to receive while it is a member.
type ReceivePolicy uint8

// The values of ReceivePolicy.
const (
	// ReceiveAll asks for the frames of every station (promiscuous), the default: so
	// arrives whatever the bond's device wants, such as VLANs, and the MAC addresses
	// of virtual machines. Some adapters ignore that, such as virtual functions that
	// their host does not trust: ReceiveAddressed is asked for too.
	ReceiveAll ReceivePolicy = iota

	// ReceiveAddressed asks for the frames to the bond's MAC address and to every
	// group, and leaves promiscuity alone. What has a MAC address of its own above
	// the device (a bridge, a macvlan) hears nothing then, nor do VLANs on an adapter
	// that filters them.
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
