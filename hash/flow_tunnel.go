package hash

import "encoding/binary"

// UDP ports of tunnels.
const (
	portVXLAN  = 4789
	portGeneve = 6081
	portGTPU   = 2152
	portL2TP   = 1701
	portMPLS   = 6635
)

const (
	udpLen    = 8
	vxlanLen  = 8
	geneveLen = 8
	gtpLen    = 8
)

// tunnel looks into a packet that an IP header carries. It returns false and leaves the
// tuple alone if the policy does not look into tunnels or finds no packet.
func (w *flowWalk) tunnel(proto uint8, b []byte) bool {
	if !w.inner || w.tunnels == flowTunnels {
		return false
	}
	switch proto {
	case protoIPIP:
		return w.within(typeIPv4, b)
	case protoIPv6:
		return w.within(typeIPv6, b)
	case protoMPLS:
		return w.within(typeMPLS, b)
	case protoL2TP:
		return w.l2tpSession(b)
	}
	return w.gre(b)
}

// gre reads a GRE header (RFC 2784, RFC 2890), or a PPTP header (RFC 2637).
func (w *flowWalk) gre(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	flags, typ := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	length := 4
	for _, bit := range []uint16{greChecksum, greKey, greSequence} {
		if flags&bit != 0 {
			length += 4
		}
	}
	pptp := flags&greVersion == 1 && typ == typePPTP && flags&(greChecksum|greKey) == greKey
	if pptp && flags&greAck != 0 {
		length += 4
	}
	if flags&greRouting != 0 || flags&greVersion != 0 && !pptp || len(b) < length {
		return false
	}
	if !pptp {
		return w.within(typ, b[length:])
	}
	return w.session(piece{scopePPTP, uint64(binary.BigEndian.Uint16(b[6:])), "PPTP call", b, 6, 2}, b[length:])
}

// udpTunnel looks into a UDP datagram sent to the port of a tunnel protocol.
func (w *flowWalk) udpTunnel(b []byte) {
	if len(b) < udpLen || w.tunnels == flowTunnels {
		return
	}
	if binary.BigEndian.Uint16(b) == portL2TP { // an answer, to any port
		w.l2tp(b[udpLen:])
		return
	}
	switch port := binary.BigEndian.Uint16(b[2:]); port {
	case portVXLAN:
		if b = b[udpLen:]; len(b) >= vxlanLen && b[0]&0x08 != 0 { // the VNI is valid
			w.within(typeTEB, b[vxlanLen:])
		}
	case portGeneve:
		w.geneve(b[udpLen:])
	case portGTPU:
		w.gtp(b[udpLen:])
	case portL2TP:
		w.l2tp(b[udpLen:])
	case portMPLS:
		w.within(typeMPLS, b[udpLen:])
	}
}

// geneve reads a Geneve header (RFC 8926). It does not look into control packets.
func (w *flowWalk) geneve(b []byte) {
	if len(b) < geneveLen || b[0]>>6 != 0 || b[1]&0x80 != 0 {
		return
	}
	length := geneveLen + int(b[0]&0x3f)*4
	if len(b) >= length {
		w.within(binary.BigEndian.Uint16(b[2:]), b[length:])
	}
}

// gtp reads a GTP-U header (3GPP TS 29.281) that carries a user's packet.
func (w *flowWalk) gtp(b []byte) {
	const (
		version1   = 0x30 // and protocol type GTP
		hasMore    = 0x07 // extension header, sequence number or N-PDU number
		hasNext    = 0x04
		userPacket = 255
	)
	if len(b) < gtpLen || b[0]&0xf0 != version1 || b[1] != userPacket {
		return
	}
	rest := b[gtpLen:]
	if b[0]&hasMore != 0 {
		if len(rest) < 4 {
			return
		}
		next := rest[3]
		rest = rest[4:]
		for i := 0; next != 0 && b[0]&hasNext != 0; i++ {
			if len(rest) < 4 || rest[0] == 0 || len(rest) < int(rest[0])*4 || i == flowExtensions {
				return
			}
			n := int(rest[0]) * 4
			next, rest = rest[n-1], rest[n:]
		}
	}
	if len(rest) == 0 {
		return
	}
	switch rest[0] >> 4 {
	case 4:
		w.within(typeIPv4, rest)
	case 6:
		w.within(typeIPv6, rest)
	}
}

// within continues with the packet in a tunnel, in place of the outer one.
func (w *flowWalk) within(typ uint16, b []byte) bool {
	kept := w.flowFound
	w.tunnels++
	w.scope = 0
	var ok bool
	if typ == typeTEB {
		ok = w.ether(b)
	} else {
		ok = w.network(typ, b)
	}
	if !ok {
		w.flowFound = kept
		return false
	}
	w.trace.note(NoteTunnel)
	return true
}
