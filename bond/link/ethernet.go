package link

import (
	"encoding/binary"
	"net"

	"github.com/lagkit/lagkit/lacp"
)

// Lengths in an Ethernet frame, in octets.
const (
	// HeaderLen is the length of the two addresses and the EtherType.
	HeaderLen = 14
	// TagLen is the length of one VLAN tag.
	TagLen = 4
	// maxExtraTags is how many VLAN tags a frame may carry beyond the MTU.
	maxExtraTags = 2
)

// EtherTypeSlow is the EtherType of the slow protocols (802.3 Annex 57A).
const EtherTypeSlow = 0x8809

// TagsLen returns the length of a frame's VLAN tags, which the MTU does not include.
func TagsLen(frame []byte) int {
	n := 0
	for n < maxExtraTags*TagLen && len(frame) >= HeaderLen+n+TagLen {
		switch binary.BigEndian.Uint16(frame[12+n:]) {
		case 0x8100, 0x88a8, 0x9100:
			n += TagLen
			continue
		}
		break
	}
	return n
}

// IsIndividual reports whether a is an individual MAC address.
func IsIndividual(a net.HardwareAddr) bool {
	return len(a) == 6 && a[0]&1 == 0 && lacp.MAC(a) != lacp.MAC{}
}
