package bond

import (
	"encoding/binary"
	"net"

	"github.com/lagkit/lagkit/lacp"
)

// Lengths in an Ethernet frame, in octets.
const (
	// etherHeaderLen is that of the two addresses and the EtherType.
	etherHeaderLen = 14
	// vlanTagLen is that of one VLAN tag.
	vlanTagLen = 4
	// maxExtraTags is how many VLAN tags a frame may carry beyond the MTU.
	maxExtraTags = 2
)

// etherTypeSlow is the EtherType of the slow protocols (802.3 Annex 57A).
const etherTypeSlow = 0x8809

// tagsLen is the length of a frame's VLAN tags, which the MTU does not count.
func tagsLen(frame []byte) int {
	n := 0
	for n < maxExtraTags*vlanTagLen && len(frame) >= etherHeaderLen+n+vlanTagLen {
		switch binary.BigEndian.Uint16(frame[12+n:]) {
		case 0x8100, 0x88a8, 0x9100:
			n += vlanTagLen
			continue
		}
		break
	}
	return n
}

// usableAddr reports whether a is an individual MAC address.
func usableAddr(a net.HardwareAddr) bool {
	return len(a) == 6 && a[0]&1 == 0 && lacp.MAC(a) != lacp.MAC{}
}
