package hash

import "encoding/binary"

// Sizes and offsets of the Ethernet header.
const (
	etherLen  = 14 // two addresses and the EtherType
	tagLen    = 4  // a VLAN tag: TPID and TCI, before the EtherType
	dstLast   = 5  // last octet of the destination address
	srcLast   = 11 // last octet of the source address
	etherType = 12
)

// EtherTypes as numbers.
const (
	typeIPv4 = 0x0800
	typeIPv6 = 0x86dd
	typeCTag = 0x8100 // 802.1Q
	typeSTag = 0x88a8 // 802.1ad
)

// All words are loaded little-endian, even on big-endian machines, because a Linux bond
// computes that number on x86 and arm64.

func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// untag returns the frame from tagLen octets on if tags says to look through its outer
// tag. The EtherType and all that follows are then at the same offsets as in an untagged
// frame; the addresses are not. A frame too short to hold a tag and an EtherType keeps
// its tag.
func untag(frame []byte, tags TagView) []byte {
	if tags == TagStripped && len(frame) >= etherLen+tagLen &&
		isTag(uint32(binary.LittleEndian.Uint16(frame[etherType:]))) {
		return frame[tagLen:]
	}
	return frame
}

// etherWord mixes the Ethernet header: the last octet of each address and the EtherType
// that untag left. A frame shorter than the header gives 0.
func etherWord(frame, untagged []byte) uint32 {
	if len(frame) < etherLen || len(untagged) < etherLen {
		return 0
	}
	return uint32(frame[dstLast]^frame[srcLast]) ^ uint32(binary.BigEndian.Uint16(untagged[etherType:]))
}
