package link

// Frame is one Ethernet frame on its way through the bond, without FCS.
//
// Data starts with the destination address. Offload describes the work that remains before the
// frame may go on a wire; its zero value means none.
type Frame struct {
	Data    []byte
	Offload Offload
}

// BufferSize is the length of a buffer that holds any frame that a Linux interface or a TAP
// device delivers with segmentation offload on: 64 KiB of IP packet, its Ethernet header, two
// VLAN tags, and room for two more or for a virtio-net header in front of it. A frame longer
// than the buffer is dropped and counted.
const BufferSize = 65536 + 14 + 2*4 + 10 + 8
