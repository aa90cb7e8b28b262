package link

// Offload is the work a network stack left to hardware: a checksum that is not
// computed yet, or one large segment that stands for many frames. Its fields are
// those of the virtio-net header (Virtio 1.2, section 5.1.6), which Linux uses
// between the kernel and packet sockets or TAP devices.
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
	// NeedsChecksum: the 16-bit Internet checksum from CsumStart to the end is
	// still to be computed; its place holds the pseudo header's sum.
	NeedsChecksum OffloadFlags = 1 << 0
	// DataValid: whoever handed the frame over has verified its checksum.
	DataValid OffloadFlags = 1 << 1
)

// GSOType is the kind of segment an [Offload] describes.
type GSOType uint8

// The kinds of virtio-net. GSOECN is a bit that is added to one of the TCP kinds.
const (
	GSONone  GSOType = 0
	GSOTCPv4 GSOType = 1
	GSOUDP   GSOType = 3 // UDP fragmentation, no longer made by Linux
	GSOTCPv6 GSOType = 4
	GSOUDPL4 GSOType = 5 // UDP segmentation
	GSOECN   GSOType = 0x80
)

// Pending reports whether the frame may not be on a wire as it is.
func (o *Offload) Pending() bool {
	return o.Flags&NeedsChecksum != 0 || o.GSO != GSONone
}
