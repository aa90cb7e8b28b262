package link

// Offload describes work that a network stack left to hardware: a checksum that is not
// computed yet, or one large segment that stands for many frames. Its fields are those of the
// virtio-net header (Virtio 1.2, section 5.1.6), which Linux uses between the kernel and
// packet sockets or TAP devices.
type Offload struct {
	Flags      OffloadFlags
	GSO        GSOType
	HeaderLen  uint16 // octets of link, network and transport header; a hint, may be 0
	SegSize    uint16 // payload octets of each segment; 0 unless GSO is set
	CsumStart  uint16 // where the checksummed part starts, from the start of Data
	CsumOffset uint16 // where the checksum goes, from CsumStart
}

// OffloadFlags are the flags of an [Offload].
type OffloadFlags uint8

const (
	// NeedsChecksum means that the 16-bit Internet checksum from CsumStart to the end must
	// still be computed. Its place holds the sum of the pseudo header.
	NeedsChecksum OffloadFlags = 1 << 0
	// DataValid means that the sender has verified the frame's checksum.
	DataValid OffloadFlags = 1 << 1
)

// GSOType is the kind of segment an [Offload] describes.
type GSOType uint8

// The GSO types of virtio-net. GSOECN is a bit that is added to one of the TCP types.
const (
	GSONone  GSOType = 0
	GSOTCPv4 GSOType = 1
	GSOUDP   GSOType = 3 // UDP fragmentation; Linux no longer makes it
	GSOTCPv6 GSOType = 4
	GSOUDPL4 GSOType = 5 // UDP segmentation
	GSOECN   GSOType = 0x80
)

// Pending reports whether work remains before the frame may go on a wire.
func (o *Offload) Pending() bool {
	return o.Flags&NeedsChecksum != 0 || o.GSO != GSONone
}
