package hash

import "encoding/binary"

// conversation reads the fields that identify the conversation of a frame, as layer2+3
// and layer3+4 of Linux do: both IP addresses mixed, and the ports, SPI or ICMP
// identifier. transport is 0 for a frame without these. ok is false if the frame is not
// IP or an IP header in it is truncated.
func (v view) conversation(withPorts bool, t *Trace) (addrs, transport uint32, ok bool) {
	if len(v.seen) < etherLen {
		t.note(NoteTruncated)
		return 0, 0, false
	}
	version := binary.BigEndian.Uint16(v.seen[etherType:])
	p, ok := parseIP(version, v.seen[etherLen:], t)
	if !ok {
		return 0, 0, false
	}
	if p.proto == protoICMP || p.proto == protoICMPv6 {
		if !icmpError(p.proto, p.payload) {
			if !withPorts {
				return p.addrs, 0, true
			}
			return p.addrs, icmpQuery(p.payload, t), true
		}
		// An error takes the member of the packet it is about. That packet is assumed
		// to have the same IP version.
		t.note(NoteICMPError)
		if p, ok = parseIP(version, p.payload[icmpLen:], t); !ok {
			return 0, 0, false
		}
	}
	if !withPorts {
		return p.addrs, 0, true
	}
	return p.addrs, ports(p, t), true
}
