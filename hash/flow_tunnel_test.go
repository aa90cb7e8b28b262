package hash_test

import (
	"encoding/binary"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// tunnels returns frames between another pair of hosts that carry the TCP packet of the
// pair. The keys name the type of tunnel.
func tunnels() map[string][]byte {
	packet, frame := v4(tcp)[14:], v4(tcp)
	packet6 := v6(6, somePorts)[14:]
	outer := func(proto byte, payload ...[]byte) []byte {
		p := otherPair
		p.Proto = proto
		for _, b := range payload {
			p.Payload = append(p.Payload, b...)
		}
		return traffic.Ether(src, dst, nil, traffic.TypeIPv4, p.Bytes())
	}
	udp := func(port uint16, payload ...[]byte) []byte {
		header := binary.BigEndian.AppendUint32(traffic.Ports(50000, port, 0), 0)
		return outer(17, append([][]byte{header}, payload...)...)
	}
	return map[string][]byte{
		"IPv4 in IPv4":              outer(4, packet),
		"IPv4 in IPv4 in IPv4":      outer(4, outer(4, packet)[14:]),
		"GRE":                       outer(47, be16(0, 0x0800), packet),
		"GRE, checksum, key, count": outer(47, be16(0xb000, 0x0800, 1, 2, 3, 4, 5, 6), packet),
		"Ethernet in GRE":           outer(47, be16(0, 0x6558), frame),
		"VXLAN":                     udp(4789, []byte{8, 0, 0, 0, 0, 0, 1, 0}, frame),
		"Geneve":                    udp(6081, []byte{2, 0, 0x65, 0x58, 0, 0, 1, 0}, make([]byte, 8), frame),
		"Geneve with IP":            udp(6081, []byte{0, 0, 0x08, 0x00, 0, 0, 1, 0}, packet),
		"GTP-U":                     udp(2152, []byte{0x30, 255, 0, 40, 0, 0, 0, 1}, packet),
		"GTP-U with sequence":       udp(2152, []byte{0x32, 255, 0, 44, 0, 0, 0, 1, 0, 1, 0, 0}, packet),
		"GTP-U with extension":      udp(2152, []byte{0x34, 255, 0, 48, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0x10, 0x09, 0}, packet),
		"IPv6 in IPv4":              outer(41, packet6),
	}
}

// TestFlowInner checks that a tunnel is hashed by the flow it carries with Inner, and by
// its outer header without it.
func TestFlowInner(t *testing.T) {
	for name, frame := range tunnels() {
		carried := v4(tcp)
		if name == "IPv6 in IPv4" {
			carried = v6(6, somePorts)
		}
		for _, v := range flowVariants {
			o := v.options
			sameFlow(t, name+" without Inner", o, false, carried, frame)
			o.Inner = true
			sameFlow(t, name, o, true, carried, frame)
		}
	}
}

// TestFlowInnerKeepsTheOuter checks that the outer packet counts as it does without Inner
// if the inner one cannot be read.
func TestFlowInnerKeepsTheOuter(t *testing.T) {
	whole := tunnels()
	outer, inner := hasher(t, hash.Flow, hash.Options{}), hasher(t, hash.Flow, hash.Options{Inner: true})
	for name, cut := range map[string]int{"IPv4 in IPv4": 14 + 20 + 19, "VXLAN": 14 + 28 + 8 + 13, "GTP-U": 14 + 28 + 8 + 19, "GRE": 14 + 20 + 3} {
		f := whole[name][:cut]
		if a, b := outer.Sum32(f), inner.Sum32(f); a != b {
			t.Errorf("%s cut after %d octets: got %#08x with Inner, want %#08x as without", name, cut, b, a)
		}
	}
	for name, change := range map[string]func(f []byte){
		"VXLAN":  func(f []byte) { f[42] = 0 },    // no valid VNI
		"Geneve": func(f []byte) { f[42] = 0x40 }, // version 1
		"GTP-U":  func(f []byte) { f[43] = 1 },    // an echo request
		"GRE":    func(f []byte) { f[35] = 1 },    // version 1
	} {
		f := append([]byte(nil), whole[name]...)
		change(f)
		if a, b := outer.Sum32(f), inner.Sum32(f); a != b {
			t.Errorf("%s, changed: got %#08x with Inner, want %#08x as without", name, b, a)
		}
	}
}
