package hash_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// pppoe returns a PPPoE frame between the pair of stations.
func pppoe(session, proto uint16, packet []byte) []byte {
	b := append(be16(0x1100, session, uint16(len(packet)+2), proto), packet...)
	return traffic.Ether(dst, src, nil, 0x8864, b)
}

// labelled returns an MPLS frame between the pair of stations with these label stack
// entries, the last one at the bottom.
func labelled(typ uint16, entries []uint32, packet []byte) []byte {
	var b []byte
	for i, e := range entries {
		if i == len(entries)-1 {
			e |= 0x100
		}
		b = binary.BigEndian.AppendUint32(b, e)
	}
	return traffic.Ether(dst, src, nil, typ, append(b, packet...))
}

// entry returns a label stack entry with traffic class and time to live.
func entry(label uint32, class, ttl byte) uint32 {
	return label<<12 | uint32(class)<<9 | uint32(ttl)
}

// l2tp returns an L2TP data message in UDP between another pair of hosts. head holds the
// fields that the flags announce, from the tunnel on.
func l2tp(flags uint16, head, payload []byte) []byte {
	p := otherPair
	p.Proto = 17
	p.Payload = append(binary.BigEndian.AppendUint32(traffic.Ports(1701, 1701, 0), 0), be16(flags)...)
	p.Payload = append(append(p.Payload, head...), payload...)
	return traffic.Ether(dst, src, nil, traffic.TypeIPv4, p.Bytes())
}

// labelled6 sets the flow label and the traffic class of the IPv6 frame.
func labelled6(frame []byte, label uint32, class byte) []byte {
	f := append([]byte(nil), frame...)
	binary.BigEndian.PutUint32(f[14:], 6<<28|uint32(class)<<20|label)
	return f
}

// number4 and number6 return packets of pair number i, which has its own ports.
func number4(i int) []byte {
	return traffic.IPv4{Proto: 6, Src: [4]byte{100, 64, 0, byte(i)}, Dst: [4]byte{203, 0, 113, byte(i)},
		Payload: traffic.Ports(uint16(30000+7*i), 443, 16)}.Bytes()
}

func number6(i int) []byte {
	return traffic.IPv6{Next: 17, Src: client6, Dst: server6, Payload: traffic.Ports(uint16(30000+7*i), 443, 16)}.Bytes()
}

// spreads checks that 64 flows of one pair of stations take all of four members, and that
// no member gets more than half of them.
func spreads(t *testing.T, name string, o hash.Options, frame func(i int) []byte) {
	t.Helper()
	h := hasher(t, hash.Flow, o)
	var members [4]int
	sums := make(map[uint32]bool)
	for i := range 64 {
		sum := h.Sum32(frame(i))
		members[sum%4]++
		sums[sum] = true
	}
	if len(sums) != 64 || min(members[0], members[1], members[2], members[3]) == 0 || max(members[0], members[1], members[2], members[3]) > 32 {
		t.Errorf("%s: 64 flows: got %d hashes and members %v, want 64 and all four (%+v)", name, len(sums), members, o)
	}
}

// TestFlowSpreadsBOX40 checks that between one pair of stations every field that tells
// flows apart counts.
func TestFlowSpreadsBOX40(t *testing.T) {
	packet, other := v4(tcp)[14:], []byte("neither IPv4 nor IPv6")
	arp := func(tags ...traffic.Tag) []byte { return traffic.Ether(dst, src, tags, 0x0806, make([]byte, 46)) }
	tag := func(tpid uint16, id int) traffic.Tag { return traffic.Tag{TPID: tpid, TCI: uint16(id)} }
	for _, v := range flowVariants {
		for _, inner := range []bool{false, true} {
			o := v.options
			o.Inner = inner
			oneWay := func(name string, frame func(i int) []byte) {
				if !o.Symmetric { // the other direction has its own
					spreads(t, name, o, frame)
				}
			}
			spreads(t, "PPPoE sessions", o, func(i int) []byte { return pppoe(uint16(i), 0x21, packet) })
			spreads(t, "PPPoE sessions without IP", o, func(i int) []byte { return pppoe(uint16(i), 0xc021, other) })
			spreads(t, "IPv4 in a PPPoE session", o, func(i int) []byte { return pppoe(100, 0x21, number4(i)) })
			spreads(t, "IPv6 in a PPPoE session", o, func(i int) []byte { return pppoe(100, 0x57, number6(i)) })
			spreads(t, "IPv4 below a label", o, func(i int) []byte { return labelled(0x8847, []uint32{entry(100, 0, 64)}, number4(i)) })
			spreads(t, "IPv6 below three labels", o, func(i int) []byte {
				return labelled(0x8848, []uint32{entry(16, 0, 64), entry(1048575, 0, 64), entry(100, 0, 64)}, number6(i))
			})
			oneWay("labels", func(i int) []byte { return labelled(0x8847, []uint32{entry(uint32(100+i), 0, 64)}, packet) })
			oneWay("inner labels", func(i int) []byte {
				return labelled(0x8847, []uint32{entry(100, 0, 64), entry(uint32(100+i), 0, 64)}, packet)
			})
			oneWay("labels of a pseudowire", func(i int) []byte {
				return labelled(0x8847, []uint32{entry(uint32(100+i), 0, 64)}, append(make([]byte, 4), v4(tcp)...))
			})
			spreads(t, "inner tags", o, func(i int) []byte { return tagged(tag(0x88a8, 200), tag(0x8100, 1+i)) })
			spreads(t, "outer tags", o, func(i int) []byte { return tagged(tag(0x88a8, 1+i), tag(0x8100, 200)) })
			spreads(t, "inner tags by the old type", o, func(i int) []byte { return tagged(tag(0x9100, 200), tag(0x9100, 1+i)) })
			spreads(t, "third tags", o, func(i int) []byte { return tagged(tag(0x88a8, 200), tag(0x8100, 3), tag(0x8100, 1+i)) })
			spreads(t, "inner tags of a frame that is not IP", o, func(i int) []byte { return arp(tag(0x88a8, 200), tag(0x8100, 1+i)) })
			spreads(t, "inner tags of IPv6", o, func(i int) []byte {
				return traffic.Ether(dst, src, []traffic.Tag{tag(0x88a8, 200), tag(0x8100, 1+i)}, 0x86dd, v6(6, somePorts)[14:])
			})
			oneWay("flow labels without a next header", func(i int) []byte { return labelled6(v6(59, nil), uint32(977*i), 0) })
			oneWay("flow labels of OSPF", func(i int) []byte { return labelled6(v6(89, make([]byte, 40)), uint32(977*i), 0) })
			oneWay("flow labels of fragments", func(i int) []byte {
				return labelled6(v6(44, with([]byte{17, 0, 0, 1, 0, 0, 0, 1}, somePorts...)), uint32(977*i), 0)
			})
			oneWay("flow labels with an extension header", func(i int) []byte {
				return labelled6(v6(60, with([]byte{89, 0, 1, 4, 0, 0, 0, 0}, somePorts...)), uint32(977*i), 0)
			})
			oneWay("flow labels of UDP with fixed ports", func(i int) []byte {
				return labelled6(v6(17, traffic.Ports(500, 500, 24)), uint32(977*i), 0)
			})
		}
	}
}

// TestFlowSpreadsInnerBOX40 checks that with Inner the sessions of tunnels and their
// packets count.
func TestFlowSpreadsInnerBOX40(t *testing.T) {
	ids := func(tunnel, session int) []byte { return be16(uint16(tunnel), uint16(session)) }
	ppp := func(packet []byte) []byte { return append(be16(0xff03, 0x0021), packet...) }
	pptp := func(call int, packet []byte) []byte {
		p := otherPair
		p.Proto, p.Payload = 47, append(be16(0x3081, 0x880b, uint16(len(packet)), uint16(call), 0, 1, 0, 2), packet...)
		return traffic.Ether(dst, src, nil, traffic.TypeIPv4, p.Bytes())
	}
	version3 := func(session int) []byte {
		p := otherPair
		p.Proto, p.Payload = 115, append(be16(0, uint16(session)), make([]byte, 40)...)
		return traffic.Ether(dst, src, nil, traffic.TypeIPv4, p.Bytes())
	}
	inMPLS := func(proto byte, head []byte, packet []byte) []byte {
		p := otherPair
		p.Proto = proto
		p.Payload = append(append(head, 0, 6, 0x41, 64), packet...)
		return traffic.Ether(dst, src, nil, traffic.TypeIPv4, p.Bytes())
	}
	toMPLS := func() []byte { return binary.BigEndian.AppendUint32(traffic.Ports(50000, 6635, 0), 0) }
	for _, v := range flowVariants {
		o := v.options
		o.Inner = true
		both := map[string]func(i int) []byte{
			"packets in L2TP":                        func(i int) []byte { return l2tp(0x0002, ids(1, 1), ppp(number4(i))) },
			"packets in L2TP, all fields":            func(i int) []byte { return l2tp(0x4a02, append(be16(9, 1, 1, 7, 7, 3), 0, 0, 0), ppp(number4(i))) },
			"packets in L2TP, short protocol number": func(i int) []byte { return l2tp(0x0002, ids(1, 1), append([]byte{0x21}, number4(i)...)) },
			"packets in PPTP":                        func(i int) []byte { return pptp(1, append(be16(0x0021), number4(i)...)) },
			"packets in MPLS in IP":                  func(i int) []byte { return inMPLS(137, nil, number4(i)) },
			"packets in MPLS in UDP":                 func(i int) []byte { return inMPLS(17, toMPLS(), number4(i)) },
		}
		oneWay := map[string]func(i int) []byte{
			"sessions of L2TP":             func(i int) []byte { return l2tp(0x0002, ids(1, i), []byte("xxxxxxxx")) },
			"tunnels of L2TP":              func(i int) []byte { return l2tp(0x0002, ids(1+i, 1), []byte("xxxxxxxx")) },
			"sessions of L2TP version 3":   func(i int) []byte { return l2tp(0x0003, be16(0, 0, uint16(1+i)), []byte("xxxxxxxx")) },
			"sessions of L2TP without UDP": func(i int) []byte { return version3(1 + i) },
			"calls of PPTP":                func(i int) []byte { return pptp(i, []byte("\x00\xfdencrypted")) },
		}
		for name, frame := range both {
			spreads(t, name, o, frame)
		}
		for name, frame := range oneWay {
			plain := v.options
			sameFlow(t, name+" without Inner", plain, true, frame(1), frame(2))
			if o.Symmetric {
				sameFlow(t, name, o, true, frame(1), frame(2))
			} else {
				spreads(t, name, o, frame)
			}
		}
	}
}

// TestFlowStaysTogetherBOX40 checks that fields that may change within a flow do not
// count.
func TestFlowStaysTogetherBOX40(t *testing.T) {
	packet := v4(tcp)[14:]
	tag := func(tci uint16) traffic.Tag { return traffic.Tag{TPID: 0x8100, TCI: tci} }
	for _, v := range flowVariants {
		for _, inner := range []bool{false, true} {
			o := v.options
			o.Inner = inner
			sameFlow(t, "class and time to live of labels", o, true,
				labelled(0x8847, []uint32{entry(100, 0, 64), entry(200, 0, 1)}, packet),
				labelled(0x8847, []uint32{entry(100, 5, 63), entry(200, 7, 255)}, packet))
			sameFlow(t, "labels that steer the packet", o, true,
				labelled(0x8847, []uint32{entry(100, 0, 64)}, packet),
				labelled(0x8847, []uint32{entry(1, 0, 1), entry(100, 0, 64), entry(13, 0, 1)}, packet))
			sameFlow(t, "a pseudowire to an address that looks like IP", o, true,
				labelled(0x8847, []uint32{entry(100, 0, 64)}, append([]byte{0x45, 0, 0xff, 0xff}, octets(rand.New(rand.NewPCG(1, 2)), 60)...)),
				labelled(0x8847, []uint32{entry(100, 0, 64)}, append([]byte{0x45, 0, 0xff, 0xff}, octets(rand.New(rand.NewPCG(3, 4)), 60)...)))
			sameFlow(t, "priorities of tags", o, true, tagged(tag(5), tag(6)), tagged(tag(0xe005), tag(0x7006)))
			sameFlow(t, "length of PPPoE", o, true, pppoe(1, 0x21, packet), func() []byte {
				f := pppoe(1, 0x21, packet)
				f[18]++
				return f
			}())
			sameFlow(t, "flow label of a connection", o, true, labelled6(v6(6, somePorts), 1, 0), labelled6(v6(6, somePorts), 2, 0))
			sameFlow(t, "flow label of a security association", o, true, labelled6(v6(50, somePorts), 1, 0), labelled6(v6(50, somePorts), 2, 0))
			sameFlow(t, "flow label of a query", o, true,
				labelled6(v6(58, []byte{128, 0, 0, 0, 1, 2, 0, 1}), 1, 0), labelled6(v6(58, []byte{128, 0, 0, 0, 1, 2, 0, 2}), 2, 0))
			sameFlow(t, "traffic class", o, true, labelled6(v6(59, nil), 1, 0), labelled6(v6(59, nil), 1, 0xff))
			sameFlow(t, "fragments of a datagram", o, true,
				labelled6(v6(44, with([]byte{17, 0, 0, 1, 0, 0, 0, 1}, somePorts...)), 5, 0),
				labelled6(v6(44, with([]byte{17, 0, 0, 0x10, 0, 0, 0, 1}, 1, 2, 3, 4, 5, 6, 7, 8)), 5, 0))
			sameFlow(t, "sequence numbers of L2TP", o, true,
				l2tp(0x0802, be16(1, 1, 5, 5), []byte("xxxxxxxx")), l2tp(0x0802, be16(1, 1, 6, 5), []byte("yyyyyyyy")))
			sameFlow(t, "a session and the same packet without", o, false, pppoe(1, 0x21, packet), v4(tcp))
		}
	}
}

// TestFlowSymmetricScopeBOX40 checks that with Symmetric both directions hash alike even
// if labels and sessions of tunnels differ.
func TestFlowSymmetricScopeBOX40(t *testing.T) {
	there, back := number4(1), traffic.IPv4{Proto: 6, Src: [4]byte{203, 0, 113, 1}, Dst: [4]byte{100, 64, 0, 1}, Payload: traffic.Ports(443, 30007, 16)}.Bytes()
	turned := func(f []byte) []byte {
		f = append([]byte(nil), f...)
		copy(f, src[:])
		copy(f[6:], dst[:])
		return f
	}
	back6 := traffic.Ether(src, dst, nil, 0x86dd, traffic.IPv6{Next: 17, Src: server6, Dst: client6, Payload: traffic.Ports(80, 1000, 16)}.Bytes())
	one := []traffic.Tag{{TPID: 0x88a8, TCI: 5}, {TPID: 0x8100, TCI: 6}}
	for _, v := range flowVariants {
		o := v.options
		o.Inner = true
		same := o.Symmetric
		sameFlow(t, v.name+" PPPoE", o, same, pppoe(1, 0x21, there), turned(pppoe(1, 0x21, back)))
		sameFlow(t, v.name+" MPLS", o, same, labelled(0x8847, []uint32{entry(100, 0, 64)}, there), turned(labelled(0x8847, []uint32{entry(200, 0, 64)}, back)))
		sameFlow(t, v.name+" QinQ", o, same, traffic.Ether(dst, src, one, 0x0800, there), traffic.Ether(src, dst, one, 0x0800, back))
		sameFlow(t, v.name+" L2TP", o, same, l2tp(0x0002, be16(1, 1), append(be16(0x0021), there...)), l2tp(0x0002, be16(7, 9), append(be16(0x0021), back...)))
		sameFlow(t, v.name+" flow label", o, same, labelled6(v6(17, somePorts), 1, 0), labelled6(back6, 2, 0))
	}
}

// TestFlowTagBesideBOX40 checks that a tag kept outside the frame is the outer tag of
// QinQ, and does not count if it is the only one.
func TestFlowTagBesideBOX40(t *testing.T) {
	for _, v := range flowVariants {
		h := hasher(t, hash.Flow, v.options)
		inner := traffic.Tag{TPID: 0x8100, TCI: 6}
		want := h.Sum32(tagged(traffic.Tag{TPID: 0x88a8, TCI: 5}, inner))
		if got := h.SumMeta(tagged(inner), 0xe005, true); got != want {
			t.Errorf("%s: tag outside a tagged frame: got %#08x, want %#08x as with the tag in the frame", v.name, got, want)
		}
		if got, want := h.SumMeta(tagged(inner), 0xe005, false), h.Sum32(tagged(inner)); got != want {
			t.Errorf("%s: no tag outside a tagged frame: got %#08x, want %#08x", v.name, got, want)
		}
		if got, want := h.SumMeta(v4(tcp), 5, true), h.Sum32(v4(tcp)); got != want {
			t.Errorf("%s: tag outside an untagged frame: got %#08x, want %#08x as without it", v.name, got, want)
		}
	}
}
