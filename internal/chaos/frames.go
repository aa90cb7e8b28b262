//go:build linux

package main

import "encoding/binary"

// Numbered frames are UDP datagrams with this content: a mark, the direction, the flow, the
// number within the flow.
const (
	frameMark = 0x6c61674b
	frameLen  = 64

	flows = 12
)

// The directions.
const (
	outward = 0 // we send
	inward  = 1 // the partner sends
)

var directions = [2]string{"ours to the partner", "the partner's to us"}

// frameID identifies a numbered frame.
type frameID struct {
	dir, flow int
	seq       uint32
}

func (f frameID) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, frameMark)
	b = append(b, byte(f.dir), byte(f.flow))
	b = binary.BigEndian.AppendUint32(b, f.seq)
	return append(b, make([]byte, frameLen-10)...)
}

func parseFrameID(b []byte) (f frameID, ok bool) {
	if len(b) < 10 || binary.BigEndian.Uint32(b) != frameMark || b[4] > 1 || b[5] >= flows {
		return f, false
	}
	return frameID{int(b[4]), int(b[5]), binary.BigEndian.Uint32(b[6:])}, true
}

// udpOffset is the offset of a datagram's content in an Ethernet frame without tags and with
// an IP header without options.
const udpOffset = 14 + 20 + 8
