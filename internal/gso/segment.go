package gso

import (
	"encoding/binary"
	"slices"

	"github.com/lagkit/lagkit/bond/link"
)

// maxSegments limits the number of frames cut from one large frame: 64 KiB in segments of 32
// octets of payload.
const maxSegments = 2048

// maxSkippedTags is how many VLAN tags are skipped.
const maxSkippedTags = 4

const (
	protoTCP = 6
	protoUDP = 17

	tcpFIN = 0x01
	tcpPSH = 0x08
	tcpCWR = 0x80
)

// Segment appends the frames that f stands for to dst, with all checksums computed, and their
// octets to space; it returns both. The frames don't share memory with f. A frame with no work
// left is copied. If both have enough capacity, Segment allocates nothing.
func Segment(dst []link.Frame, space []byte, f link.Frame) ([]link.Frame, []byte, error) {
	if f.Offload.GSO == link.GSONone {
		at := len(space)
		space = append(space, f.Data...)
		whole := link.Frame{Data: space[at:len(space):len(space)], Offload: f.Offload}
		if err := completeChecksum(&whole); err != nil {
			return dst, space[:at], err
		}
		whole.Offload = link.Offload{}
		return append(dst, whole), space, nil
	}
	var h gsoHeader
	if err := h.parse(f); err != nil {
		return dst, space, err
	}
	payload := f.Data[h.length:]
	size := int(f.Offload.SegSize)
	count := (len(payload) + size - 1) / size
	if count > maxSegments {
		return dst, space, errOffloadCount
	}
	count = max(count, 1)
	space = slices.Grow(space, count*h.length+len(payload))
	for i := range count {
		part := payload[i*size : min((i+1)*size, len(payload))]
		at := len(space)
		space = append(space, f.Data[:h.length]...)
		space = append(space, part...)
		data := space[at:len(space):len(space)]
		h.finish(data, i, i == count-1, size)
		dst = append(dst, link.Frame{Data: data})
	}
	return dst, space, nil
}

// gsoHeader locates the headers of a large frame.
type gsoHeader struct {
	network   int
	transport int
	length    int // of all headers
	proto     byte
	ipv6      bool
}

// parse finds the headers and checks that they match the offload.
func (h *gsoHeader) parse(f link.Frame) error {
	kind := f.Offload.GSO &^ link.GSOECN
	if f.Offload.SegSize == 0 {
		return errOffloadKind
	}
	etherType, at, ok := skipTags(f.Data)
	if !ok {
		return ErrHeader
	}
	h.network = at
	switch etherType {
	case 0x0800:
		ok = h.parseIPv4(f.Data)
	case 0x86dd:
		h.ipv6 = true
		ok = h.parseIPv6(f.Data)
	default:
		return errOffloadKind
	}
	if !ok {
		return ErrHeader
	}
	switch {
	case kind == link.GSOTCPv4 && !h.ipv6 && h.proto == protoTCP,
		kind == link.GSOTCPv6 && h.ipv6 && h.proto == protoTCP:
		if len(f.Data) < h.transport+20 {
			return ErrHeader
		}
		h.length = h.transport + int(f.Data[h.transport+12]>>4)*4
		if h.length < h.transport+20 {
			return ErrHeader
		}
	case kind == link.GSOUDPL4 && h.proto == protoUDP:
		h.length = h.transport + 8
	default:
		return errOffloadKind
	}
	if h.length > len(f.Data) {
		return ErrHeader
	}
	// Each segment's length has to fit the network header's 16 bits.
	if h.length-h.network+min(int(f.Offload.SegSize), len(f.Data)-h.length) > 0xffff {
		return ErrHeader
	}
	return nil
}

// skipTags returns the EtherType after the VLAN tags and the offset of its header.
func skipTags(data []byte) (etherType uint16, at int, ok bool) {
	at = 12
	for range maxSkippedTags + 1 {
		if len(data) < at+2 {
			return 0, 0, false
		}
		etherType = binary.BigEndian.Uint16(data[at:])
		if etherType != 0x8100 && etherType != 0x88a8 {
			return etherType, at + 2, true
		}
		at += link.TagLen
	}
	return 0, 0, false
}

func (h *gsoHeader) parseIPv4(data []byte) bool {
	ip := data[h.network:]
	if len(ip) < 20 || ip[0]>>4 != 4 {
		return false
	}
	length := int(ip[0]&0x0f) * 4
	// A fragment has no complete transport header.
	if length < 20 || length > len(ip) || binary.BigEndian.Uint16(ip[6:])&0x3fff != 0 {
		return false
	}
	h.proto, h.transport = ip[9], h.network+length
	return true
}

func (h *gsoHeader) parseIPv6(data []byte) bool {
	ip := data[h.network:]
	if len(ip) < 40 || ip[0]>>4 != 6 {
		return false
	}
	next, at := ip[6], 40
	for range 8 {
		switch next {
		case 0, 43, 60: // hop-by-hop, routing, destination options
			if len(ip) < at+8 {
				return false
			}
			next, at = ip[at], at+8+int(ip[at+1])*8
		default:
			h.proto, h.transport = next, h.network+at
			return at <= len(ip)
		}
	}
	return false
}

// finish completes segment i of the large frame: a copy of the headers and size octets of the
// payload.
func (h *gsoHeader) finish(data []byte, i int, last bool, size int) {
	ip := data[h.network:]
	l4 := data[h.transport:]
	if h.ipv6 {
		binary.BigEndian.PutUint16(ip[4:], uint16(len(ip)-40))
	} else {
		binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
		binary.BigEndian.PutUint16(ip[4:], binary.BigEndian.Uint16(ip[4:])+uint16(i))
		ip[10], ip[11] = 0, 0
		binary.BigEndian.PutUint16(ip[10:], Fold(Sum(0, ip[:h.transport-h.network])))
	}
	at := 16
	if h.proto == protoTCP {
		binary.BigEndian.PutUint32(l4[4:], binary.BigEndian.Uint32(l4[4:])+uint32(i*size))
		if !last {
			l4[13] &^= tcpFIN | tcpPSH
		}
		if i > 0 {
			// The window was reduced once, not once per segment (RFC 3168, 6.1.2).
			l4[13] &^= tcpCWR
		}
	} else {
		at = 6
		binary.BigEndian.PutUint16(l4[4:], uint16(len(l4)))
	}
	l4[at], l4[at+1] = 0, 0
	sum := uint64(len(l4)) + uint64(h.proto)
	if h.ipv6 {
		sum = Sum(sum, ip[8:40])
	} else {
		sum = Sum(sum, ip[12:20])
	}
	binary.BigEndian.PutUint16(l4[at:], nonZero(Fold(Sum(sum, l4))))
}
