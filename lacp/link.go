package lacp

import "strconv"

// Link is the state of one port's link, as the physical layer reports it.
type Link struct {
	Up        bool   // port_enabled: the MAC can send and receive
	Duplex    Duplex // half duplex is never aggregated (6.4.7, LACP_Enabled)
	SpeedMbps uint32 // in Mb/s; 0 if unknown
}

// matches reports whether both links have the same speed and duplex mode.
func (l Link) matches(o Link) bool { return l.SpeedMbps == o.SpeedMbps && l.Duplex == o.Duplex }

// known reports whether the link's speed and duplex mode are known.
func (l Link) known() bool { return l.SpeedMbps != 0 && l.Duplex != DuplexUnknown }

// rate returns speed and duplex mode as "1000 Mb/s full duplex".
func (l Link) rate() string {
	return strconv.FormatUint(uint64(l.SpeedMbps), 10) + " Mb/s " + l.Duplex.String() + " duplex"
}

// Duplex is the duplex mode of a link. Unknown is a value of its own, since many
// virtual interfaces don't report their mode. They are treated as full duplex links
// that aggregate only with each other.
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
