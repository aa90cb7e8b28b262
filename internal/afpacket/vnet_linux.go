package afpacket

import (
	"encoding/binary"
	"unsafe"

	"github.com/lagkit/lagkit/bond/link"
)

// vnetHeader is struct virtio_net_hdr in the host's byte order, as packet sockets and TAP
// devices use it.
type vnetHeader struct {
	flags      uint8
	gso        uint8
	headerLen  uint16
	segSize    uint16
	csumStart  uint16
	csumOffset uint16
}

const vnetHeaderLen = int(unsafe.Sizeof(vnetHeader{}))

// vnetHeaderOf reads the header at the start of b, at any alignment.
func vnetHeaderOf(b []byte) vnetHeader {
	_ = b[vnetHeaderLen-1]
	u16 := binary.NativeEndian.Uint16
	return vnetHeader{flags: b[0], gso: b[1], headerLen: u16(b[2:]), segSize: u16(b[4:]), csumStart: u16(b[6:]), csumOffset: u16(b[8:])}
}

// offload returns the header of a frame whose data has grown by a VLAN tag of grown octets in
// front of the network header.
func (h *vnetHeader) offload(grown uint16) link.Offload {
	if h.flags == 0 && h.gso == 0 {
		return link.Offload{}
	}
	o := link.Offload{
		Flags:     link.OffloadFlags(h.flags) & (link.NeedsChecksum | link.DataValid),
		GSO:       link.GSOType(h.gso),
		HeaderLen: h.headerLen,
		SegSize:   h.segSize,
	}
	if h.headerLen != 0 {
		o.HeaderLen += grown
	}
	if o.Flags&link.NeedsChecksum != 0 {
		o.CsumStart, o.CsumOffset = h.csumStart+grown, h.csumOffset
	}
	return o
}

func (h *vnetHeader) set(o *link.Offload) {
	*h = vnetHeader{
		flags:      uint8(o.Flags),
		gso:        uint8(o.GSO),
		headerLen:  o.HeaderLen,
		segSize:    o.SegSize,
		csumStart:  o.CsumStart,
		csumOffset: o.CsumOffset,
	}
}
