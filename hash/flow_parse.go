package hash

import "encoding/binary"

// Limits of the walk of policy Flow, per Ethernet header and per packet.
const (
	flowTags       = 4
	flowExtensions = 8
	flowTunnels    = 4
)

// typeOldQinQ is the TPID used before 802.1ad.
const typeOldQinQ = 0x9100

// A flowWalk finds the tuple of a frame. It keeps what it has found so far if the contents
// of a tunnel or an ICMP error make no sense.
type flowWalk struct {
	flowFound
	key     *flowKey
	vlans   uint64 // identifiers of the tags kept outside the frame
	tags    int    // number of tags kept outside the frame
	inner   bool   // look into tunnels
	both    bool   // ignore fields that differ between the two directions
	tunnels int    // number of tunnels looked into so far
	quoted  bool   // inside an ICMP error
	trace   *Trace
}

// flowFound is what a walk has found so far.
type flowFound struct {
	tuple  tuple
	scope  uint64 // headers around the packet, by flowKey.enclose
	header []byte // starts at the IPv6 header that gave the addresses
}

// flowSum is the plain implementation of policy Flow. It is complete and takes any frame.
func (f *flowKey) flowSum(frame []byte, t *Trace) uint32 { return f.viewSum(view{frame: frame}, t) }

// viewSum is flowSum for a frame whose tag may be kept outside it.
func (f *flowKey) viewSum(v view, t *Trace) uint32 {
	w := flowWalk{key: f, inner: f.inner, both: f.symmetric, trace: t}
	if v.beside && len(v.seen) == len(v.frame) {
		w.vlans, w.tags = uint64(v.tci&0x0fff), 1
	}
	if !w.ether(v.frame) {
		return 0
	}
	if w.tuple.label != 0 {
		t.read("IPv6 flow label", w.header, 1, 3)
	}
	w.tuple.scope = w.scope
	return f.sum(&w.tuple)
}

// ether reads an Ethernet header. It returns false if b is too short for one.
func (w *flowWalk) ether(b []byte) bool {
	if len(b) < etherLen {
		w.trace.note(NoteTruncated)
		return false
	}
	seen := b
	for range flowTags {
		if !isFlowTag(binary.BigEndian.Uint16(seen[etherType:])) || len(seen) < etherLen+tagLen {
			break
		}
		seen = seen[tagLen:]
	}
	w.tagged(b, (len(b)-len(seen))/tagLen)
	typ := binary.BigEndian.Uint16(seen[etherType:])
	if w.network(typ, seen[etherLen:]) {
		return true
	}
	w.trace.note(NoteEtherOnly)
	w.trace.read("destination address", b, 0, 6)
	w.trace.read("source address", b, 6, 6)
	w.trace.read("EtherType", seen, etherType, 2)
	const mac = 1<<48 - 1
	w.tuple = tuple{
		src:  endpoint{lo: le64(b[6:]) & mac},
		dst:  endpoint{lo: le64(b) & mac},
		kind: kindEther, typ: typ,
	}
	return true
}

// tagged adds the identifiers of two or more tags to the scope. The Ethernet header at b
// holds n of them. A single tag does not count, because the same frame may come with or
// without it.
func (w *flowWalk) tagged(b []byte, n int) {
	vlans, beside := w.vlans, w.tags
	w.vlans, w.tags = 0, 0 // they do not belong to an Ethernet header in a tunnel
	if beside+n < 2 {
		return
	}
	for i := range n {
		w.trace.read("VLAN tag", b, etherType+i*tagLen+2, 2)
	}
	w.scope = w.key.enclose(w.scope, scopeVLANs, vlanIDs(vlans, b[etherType:etherType+n*tagLen]))
}

// isFlowTag reports whether an EtherType is a TPID, including the old one.
func isFlowTag(typ uint16) bool {
	return typ == typeCTag || typ == typeSTag || typ == typeOldQinQ
}

// network reads the packet of an EtherType. It returns false and leaves the tuple alone if
// it finds no whole IP header. The scope grows in either case.
func (w *flowWalk) network(typ uint16, b []byte) bool {
	switch {
	case typ == typeIPv4 && len(b) >= ipv4Len:
		return w.ipv4(b)
	case typ == typeIPv6 && len(b) >= ipv6Len:
		return w.ipv6(b)
	case typ == typeIPv4, typ == typeIPv6:
		w.trace.note(NoteTruncated)
	case typ == typePPPoE:
		return w.pppoe(b)
	case typ == typeMPLS, typ == typeMPLSMany:
		return w.mpls(b)
	case isFlowTag(typ):
		w.trace.note(NoteInnerTag)
	default:
		w.trace.note(NoteNotIP)
	}
	return false
}

func (w *flowWalk) ipv4(b []byte) bool {
	length := int(b[0]&0x0f) * 4
	if b[0]>>4 != 4 || length < ipv4Len {
		w.trace.note(NoteBadHeader)
		return false
	}
	w.trace.read("IPv4 addresses", b, ipv4Src, 2*ipv4AddrLen)
	w.tuple = tuple{
		src: endpoint{lo: uint64(le32(b[ipv4Src:]))},
		dst: endpoint{lo: uint64(le32(b[ipv4Dst:]))},
	}
	if binary.BigEndian.Uint16(b[ipv4Frag:])&ipv4MoreFrag != 0 {
		w.trace.note(NoteFragment)
		return true
	}
	w.trace.read("protocol", b, ipv4Proto, 1)
	w.transport(b[ipv4Proto], b[min(length, len(b)):])
	return true
}

func (w *flowWalk) ipv6(b []byte) bool {
	if b[0]>>4 != 6 {
		w.trace.note(NoteBadHeader)
		return false
	}
	w.trace.read("IPv6 addresses", b, ipv6Src, 2*ipv6AddrLen)
	w.tuple = tuple{
		src:  endpoint{lo: le64(b[ipv6Src:]), hi: le64(b[ipv6Src+8:])},
		dst:  endpoint{lo: le64(b[ipv6Dst:]), hi: le64(b[ipv6Dst+8:])},
		kind: kindIPv6,
	}
	if !w.both { // each direction has its own label
		w.tuple.label = le32(b) & wireLabel
	}
	w.header = b
	next, rest, where := b[ipv6Next], b[ipv6Len:], b[ipv6Next:]
	for range flowExtensions {
		switch next {
		case extHopByHop, extRouting, extDestination:
			if len(rest) < 2 {
				w.trace.note(NoteTruncated)
				return true
			}
			where = rest
			next, rest = rest[0], rest[min((int(rest[1])+1)*8, len(rest)):]
		case extFragment:
			if len(rest) < fragExtLen {
				w.trace.note(NoteTruncated)
				return true
			}
			// Offset 0 without More Fragments is the whole packet (RFC 6946).
			if binary.BigEndian.Uint16(rest[2:])&^0x0006 != 0 {
				w.trace.note(NoteFragment)
				return true
			}
			where = rest
			next, rest = rest[0], rest[fragExtLen:]
		default:
			w.trace.read("protocol", where, 0, 1)
			w.transport(next, rest)
			return true
		}
	}
	w.trace.note(NoteTooManyHeaders)
	return true
}

// transport reads the header of an IP protocol into the tuple. The tuple already has the
// addresses.
func (w *flowWalk) transport(proto uint8, b []byte) {
	w.tuple.proto = proto
	if proto != protoICMP && proto != protoICMPv6 && !keepsLabel(proto) {
		w.tuple.label = 0
	}
	switch proto {
	case protoICMP, protoICMPv6:
		w.icmp(proto, b)
	case protoESP, protoAH:
		if w.both {
			w.trace.note(NoteOneWay)
			return
		}
		w.tuple.transport(ports(ipPacket{proto: proto, payload: b}, w.trace))
	case protoIPIP, protoIPv6, protoGRE, protoMPLS, protoL2TP:
		if !w.tunnel(proto, b) {
			w.trace.note(NoteNoPorts)
		}
	default:
		w.tuple.transport(ports(ipPacket{proto: proto, payload: b}, w.trace))
		if proto == protoUDP && w.inner {
			w.udpTunnel(b)
		}
	}
}

// icmp continues with the packet that an error is about. The identifier of a query or an
// answer becomes the port of both ends.
func (w *flowWalk) icmp(proto uint8, b []byte) {
	if icmpError(proto, b) && !w.quoted {
		w.quoted = true
		kept, inner := w.flowFound, b[icmpLen:]
		version := uint16(typeIPv4)
		if proto == protoICMPv6 {
			version = typeIPv6
		}
		if w.network(version, inner) {
			w.trace.note(NoteICMPError)
		} else {
			w.flowFound = kept
		}
		return
	}
	if len(b) < icmpLen {
		w.trace.note(NoteTruncated)
		return
	}
	t := b[0]
	if proto == protoICMP && (t == 0 || t == 8 || t == 13 || t == 14) ||
		proto == protoICMPv6 && (t == 128 || t == 129) {
		w.trace.read("ICMP identifier", b, icmpID, 2)
		id := uint32(binary.LittleEndian.Uint16(b[icmpID:]))
		w.tuple.transport(id | id<<16)
		w.tuple.label = 0
		return
	}
	w.trace.note(NoteNoPorts)
}
