package doctor

import (
	"fmt"
	"net/netip"
)

// smallPacket is the size of a small packet, in octets with its IP header.
const smallPacket = 64

// Echo is how a target answers the echo requests that a probe has sent it through a bond.
type Echo struct {
	Bond   string     `json:"bond"`
	Target netip.Addr `json:"target"`
	Size   int        `json:"size"`  // of the large packets, in octets with their IP header: the bond's MTU
	Small  int        `json:"small"` // most answers to one packet of 64 octets
	Large  int        `json:"large"` // most answers to one packet of Size
}

// echoes finds what the probe shows. A target that never answers shows nothing.
func (e *exam) echoes() {
	for i := range e.host.Echoes {
		o := &e.host.Echoes[i]
		b := e.status.Bond(o.Bond)
		if b == nil || o.Small == 0 {
			continue
		}
		if o.Large == 0 {
			e.find(severityMisconf, b, "", fmt.Sprintf("gets no answer from %s to packets of %d octets, but to small ones", o.Target, o.Size),
				fmt.Sprintf("Give every switch and host on the way an MTU of at least %d, or the bond a smaller one.", o.Size))
		}
		if n := max(o.Small, o.Large); n > 1 {
			e.find(severityWarning, b, "", fmt.Sprintf("gets %d answers from %s to one packet", n, o.Target),
				"Frames are there twice: see whether the other end has the links in one group.")
		}
	}
}
