// Package traffic makes Ethernet frames for the tests and benchmarks of package
// hash.
package traffic

import "encoding/binary"

// EtherTypes and protocols that callers name.
const (
	TypeIPv4 = 0x0800
	TypeIPv6 = 0x86dd
	TypeCTag = 0x8100
	TypeSTag = 0x88a8

	TCP = 6
	UDP = 17
)

// A Tag is one VLAN tag.
type Tag struct{ TPID, TCI uint16 }

// Ether returns a frame: addresses, tags from the outer to the inner one,
// EtherType, payload. It is not padded.
func Ether(dst, src [6]byte, tags []Tag, etherType uint16, payload []byte) []byte {
	f := append(append([]byte(nil), dst[:]...), src[:]...)
	for _, t := range tags {
		f = binary.BigEndian.AppendUint16(f, t.TPID)
		f = binary.BigEndian.AppendUint16(f, t.TCI)
	}
	return append(binary.BigEndian.AppendUint16(f, etherType), payload...)
}

// IPv4 describes an IPv4 packet. Bytes computes checksum and total length and writes the other
// fields unchanged.
type IPv4 struct {
	VersionIHL byte   // 0 means 0x45 plus the length of Options
	Frag       uint16 // flags and fragment offset
	Proto      byte
	Src, Dst   [4]byte
	Options    []byte
	Payload    []byte
}

// Bytes returns the packet.
func (p IPv4) Bytes() []byte {
	if p.VersionIHL == 0 {
		p.VersionIHL = 0x45 + byte(len(p.Options)/4)
	}
	b := []byte{p.VersionIHL, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(p.Options)+len(p.Payload)))
	b = append(b, 0, 0)
	b = binary.BigEndian.AppendUint16(b, p.Frag)
	b = append(b, 64, p.Proto, 0, 0)
	b = append(append(b, p.Src[:]...), p.Dst[:]...)
	b = append(b, p.Options...)
	binary.BigEndian.PutUint16(b[10:], checksum(b))
	return append(b, p.Payload...)
}

// IPv6 describes an IPv6 packet. Extension headers are part of Payload.
type IPv6 struct {
	Next     byte
	Src, Dst [16]byte
	Payload  []byte
}

// Bytes returns the packet.
func (p IPv6) Bytes() []byte {
	b := []byte{0x60, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.Payload)))
	b = append(b, p.Next, 64)
	b = append(append(b, p.Src[:]...), p.Dst[:]...)
	return append(b, p.Payload...)
}

// Ports returns the start of a transport header, followed by n zero octets.
func Ports(src, dst uint16, n int) []byte {
	b := binary.BigEndian.AppendUint16(nil, src)
	b = binary.BigEndian.AppendUint16(b, dst)
	return append(b, make([]byte, n)...)
}

// checksum returns the Internet checksum of a header of even length.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
