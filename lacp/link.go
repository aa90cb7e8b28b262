package lacp

// Link is what the physical layer says of one port's link.
type Link struct {
	Up        bool   // port_enabled: the MAC can send and receive
	Duplex    Duplex // half duplex is never aggregated (6.4.7, LACP_Enabled)
	SpeedMbps uint32 // in Mb/s; 0: unknown
}

// Duplex is the duplex mode of a link. Unknown is a value of its own: many
// virtual interfaces don't say, and they are treated as full duplex links that
// aggregate only with each other.
type Duplex uint8

// The duplex modes.
const (
	DuplexUnknown Duplex = iota
	DuplexHalf
	DuplexFull
)

// String returns "unknown", "half" or "full".
func (d Duplex) String() string {
	switch d {
	case DuplexHalf:
		return "half"
	case DuplexFull:
		return "full"
	}
	return "unknown"
}
