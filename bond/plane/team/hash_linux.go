package team

import (
	"golang.org/x/net/bpf"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// The slots of memory that a hash program uses.
const (
	slotOffset = iota // of the header to read next, in the frame
	slotEther         // the word of the Ethernet header
	slotAddrs         // both IP addresses mixed, and the ports, as they are in the frame
	slotProto         // the IP protocol; protoNone for a fragment
	slotNumber        // what is mixed in as a number: the Ethernet word, or an ICMP query
	slotTCI           // the tag; 0: none
	slotSpare
)

const (
	etherLen  = 14
	tagLen    = 4
	typeAt    = 12
	typeIPv4  = 0x0800
	typeIPv6  = 0x86dd
	typeTag   = 0x8100
	typeOuter = 0x88a8

	protoICMP   = 1
	protoAH     = 51
	protoICMPv6 = 58
	protoNone   = 59
)

// portsFirst are the protocols whose header begins with ports or an SPI: TCP, UDP, DCCP, ESP,
// SCTP and UDP-Lite.
var portsFirst = []uint32{6, 17, 33, 50, 132, 136}

// hashCode returns the program that computes the number that h computes, modulo buckets: that of
// [hash.Hasher.Sum32], or of [hash.Hasher.SumMeta] if the kernel keeps a tag of the frame
// outside it. The error is a [*lacp.FieldError] if there is no such program.
func hashCode(h hash.Hasher, buckets int) ([]bpf.Instruction, error) {
	p := newProgram()
	p.tag(h.Tags())
	switch h.Policy() {
	case hash.Layer2:
		p.ether()
	case hash.Layer23, hash.Layer34:
		p.ether()
		p.conversation(h.Policy() == hash.Layer34)
	case hash.VLANSrcMAC:
		p.vlanSrcMAC()
	default:
		return nil, &lacp.FieldError{Field: "Hash", Value: h.Policy().String(),
			Allowed: "layer2, layer2+3, layer3+4 or vlan+srcmac; the user plane has the others"}
	}
	p.add(bpf.ALUOpConstant{Op: bpf.ALUOpMod, Val: uint32(buckets)}, bpf.RetA{})
	p.at("short")
	p.add(bpf.RetConstant{})
	return p.link(), nil
}

// tag finds the tag and where the EtherType is. The tag that the kernel keeps outside the frame
// comes first; without one, tags decides about one in the frame.
func (p *program) tag(tags hash.TagView) {
	p.add(bpf.LoadExtension{Num: bpf.ExtLen})
	p.jumpIf(bpf.JumpLessThan, etherLen, "short")
	p.add(
		bpf.LoadConstant{Dst: bpf.RegA, Val: 0},
		bpf.StoreScratch{Src: bpf.RegA, N: slotTCI},
		bpf.LoadConstant{Dst: bpf.RegA, Val: typeAt},
		bpf.StoreScratch{Src: bpf.RegA, N: slotOffset},
		bpf.LoadExtension{Num: bpf.ExtVLANTagPresent},
	)
	p.jumpIf(bpf.JumpNotEqual, 0, "outside")
	if tags == hash.TagStripped {
		p.add(bpf.LoadExtension{Num: bpf.ExtLen})
		p.jumpIf(bpf.JumpLessThan, etherLen+tagLen, "tag done")
		p.add(bpf.LoadAbsolute{Off: typeAt, Size: 2})
		p.jumpIfOne("inside", typeTag, typeOuter)
	}
	p.jump("tag done")
	p.at("inside")
	p.skip(tagLen)
	p.add(bpf.LoadAbsolute{Off: typeAt + 2, Size: 2})
	p.jump("keep tag")
	p.at("outside")
	p.add(bpf.LoadExtension{Num: bpf.ExtVLANTag})
	p.at("keep tag")
	p.add(bpf.StoreScratch{Src: bpf.RegA, N: slotTCI})
	p.at("tag done")
}

// ether mixes the last octets of both addresses and the EtherType.
func (p *program) ether() {
	p.add(
		bpf.LoadAbsolute{Off: 5, Size: 1},
		bpf.TAX{},
		bpf.LoadAbsolute{Off: 11, Size: 1},
		bpf.ALUOpX{Op: bpf.ALUOpXor},
		bpf.StoreScratch{Src: bpf.RegA, N: slotEther},
		bpf.LoadScratch{Dst: bpf.RegX, N: slotOffset},
		bpf.LoadIndirect{Size: 2},
		bpf.StoreScratch{Src: bpf.RegA, N: slotSpare},
	)
	p.mix(bpf.ALUOpXor, slotEther)
	p.add(bpf.StoreScratch{Src: bpf.RegA, N: slotEther})
}

// conversation mixes the IP addresses with the Ethernet word, or with the ports.
func (p *program) conversation(withPorts bool) {
	if withPorts {
		p.add(bpf.LoadConstant{Dst: bpf.RegA, Val: 0})
	}
	p.add(bpf.StoreScratch{Src: bpf.RegA, N: slotNumber})
	p.skip(2) // to the IP header
	p.add(bpf.LoadScratch{Dst: bpf.RegA, N: slotSpare})
	p.jumpIf(bpf.JumpEqual, typeIPv4, "IPv4")
	p.jumpIf(bpf.JumpEqual, typeIPv6, "IPv6")
	p.jump("ether only")
	p.at("IPv4")
	p.packet("IPv4", p.ipv4)
	p.at("IPv6")
	p.packet("IPv6", p.ipv6)
	p.at("query")
	if withPorts {
		p.query()
	}
	p.at("transport")
	if withPorts {
		p.ports()
	}
	p.at("mix")
	p.fold()
	if withPorts {
		p.add(bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 1}) // as Linux does
	}
	p.jump("done")
	p.at("ether only")
	p.add(bpf.LoadScratch{Dst: bpf.RegA, N: slotEther})
	p.at("done")
}

// packet reads an IP header, and for an ICMP error the header that it quotes, which is of the
// same version. It goes on at "transport", "query", "mix", or "ether only" if a header is not
// complete.
func (p *program) packet(version string, header func(name string)) {
	header(version + " outer")
	p.add(bpf.LoadScratch{Dst: bpf.RegA, N: slotProto})
	p.jumpIfOne(version+" ICMP", protoICMP, protoICMPv6)
	p.jump("transport")
	p.at(version + " ICMP")
	p.need(8, "mix")
	p.add(bpf.LoadScratch{Dst: bpf.RegA, N: slotProto})
	p.jumpIf(bpf.JumpEqual, protoICMPv6, version+" ICMPv6")
	p.add(bpf.LoadIndirect{Size: 1})
	p.jumpIfOne(version+" error", 3, 4, 5, 11, 12)
	p.jump("query")
	p.at(version + " ICMPv6")
	p.add(bpf.LoadIndirect{Size: 1})
	p.jumpIfOne(version+" error", 1, 2, 3, 4)
	p.jump("query")
	p.at(version + " error")
	p.skip(8)
	header(version + " quoted")
	p.jump("transport")
}

// ipv4 reads an IPv4 header and moves the offset after it.
func (p *program) ipv4(name string) {
	p.need(20, "ether only")
	p.add(
		bpf.LoadIndirect{Off: 12, Size: 4},
		bpf.StoreScratch{Src: bpf.RegA, N: slotSpare},
		bpf.LoadIndirect{Off: 16, Size: 4},
	)
	p.mix(bpf.ALUOpXor, slotSpare)
	p.add(
		bpf.StoreScratch{Src: bpf.RegA, N: slotAddrs},
		bpf.LoadScratch{Dst: bpf.RegX, N: slotOffset},
		bpf.LoadIndirect{Off: 9, Size: 1},
		bpf.StoreScratch{Src: bpf.RegA, N: slotProto},
		bpf.LoadIndirect{Off: 6, Size: 2},
	)
	p.jumpIf(bpf.JumpBitsNotSet, 0x3fff, name+" whole")
	p.add(bpf.LoadConstant{Dst: bpf.RegA, Val: protoNone}, bpf.StoreScratch{Src: bpf.RegA, N: slotProto})
	p.at(name + " whole")
	p.add(
		bpf.LoadIndirect{Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0x0f},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 2},
		bpf.ALUOpX{Op: bpf.ALUOpAdd},
		bpf.StoreScratch{Src: bpf.RegA, N: slotOffset},
	)
}

// ipv6 reads an IPv6 header and moves the offset after it. Extension headers count as the
// protocol, as in Linux.
func (p *program) ipv6(string) {
	p.need(40, "ether only")
	p.add(bpf.LoadIndirect{Off: 8, Size: 4}, bpf.StoreScratch{Src: bpf.RegA, N: slotAddrs})
	for off := uint32(12); off < 40; off += 4 {
		p.add(bpf.LoadScratch{Dst: bpf.RegX, N: slotOffset}, bpf.LoadIndirect{Off: off, Size: 4})
		p.mix(bpf.ALUOpXor, slotAddrs)
		p.add(bpf.StoreScratch{Src: bpf.RegA, N: slotAddrs})
	}
	p.add(
		bpf.LoadScratch{Dst: bpf.RegX, N: slotOffset},
		bpf.LoadIndirect{Off: 6, Size: 1},
		bpf.StoreScratch{Src: bpf.RegA, N: slotProto},
	)
	p.skip(40)
}

// query keeps type, code and identifier of an ICMP query as a number. Identifier 0 counts as 1.
// X is the offset of the ICMP header, which is complete.
func (p *program) query() {
	p.add(bpf.LoadIndirect{Size: 1})
	p.jumpIfOne("identifier", 0, 8, 13, 14, 128, 129)
	p.jump("mix")
	p.at("identifier")
	p.add(bpf.LoadIndirect{Off: 4, Size: 2})
	p.jumpIf(bpf.JumpNotEqual, 0, "has identifier")
	p.add(bpf.LoadConstant{Dst: bpf.RegA, Val: 1})
	p.at("has identifier")
	p.add(
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 16},
		bpf.StoreScratch{Src: bpf.RegA, N: slotNumber},
		bpf.LoadIndirect{Off: 1, Size: 1},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 8},
		bpf.StoreScratch{Src: bpf.RegA, N: slotSpare},
		bpf.LoadIndirect{Size: 1},
	)
	p.mix(bpf.ALUOpOr, slotSpare)
	p.mix(bpf.ALUOpOr, slotNumber)
	p.add(bpf.StoreScratch{Src: bpf.RegA, N: slotNumber})
	p.jump("mix")
}

// ports mixes the ports or the SPI with the addresses.
func (p *program) ports() {
	p.add(bpf.LoadScratch{Dst: bpf.RegA, N: slotProto})
	p.jumpIfOne("ports", portsFirst...)
	p.jumpIf(bpf.JumpNotEqual, protoAH, "mix")
	p.skip(4) // the SPI follows
	p.at("ports")
	p.need(4, "mix")
	p.add(bpf.LoadIndirect{Size: 4})
	p.mix(bpf.ALUOpXor, slotAddrs)
	p.add(bpf.StoreScratch{Src: bpf.RegA, N: slotAddrs})
}

// fold takes the addresses as a little-endian number, mixes the number in, and mixes the upper
// octets into the lower ones.
func (p *program) fold() {
	for i, octet := range []struct {
		mask  uint32
		op    bpf.ALUOp
		shift uint32
	}{
		{0xff, bpf.ALUOpShiftLeft, 24}, {0xff00, bpf.ALUOpShiftLeft, 8},
		{0xff0000, bpf.ALUOpShiftRight, 8}, {0xff000000, bpf.ALUOpShiftRight, 24},
	} {
		p.add(
			bpf.LoadScratch{Dst: bpf.RegA, N: slotAddrs},
			bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: octet.mask},
			bpf.ALUOpConstant{Op: octet.op, Val: octet.shift},
		)
		if i > 0 {
			p.mix(bpf.ALUOpOr, slotSpare)
		}
		p.add(bpf.StoreScratch{Src: bpf.RegA, N: slotSpare})
	}
	p.mix(bpf.ALUOpXor, slotNumber)
	for _, shift := range []uint32{16, 8} {
		p.add(bpf.TAX{}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: shift}, bpf.ALUOpX{Op: bpf.ALUOpXor})
	}
}

// vlanSrcMAC mixes the tag and the two halves of the source address.
func (p *program) vlanSrcMAC() {
	p.add(
		bpf.LoadAbsolute{Off: 5, Size: 4},
		bpf.StoreScratch{Src: bpf.RegA, N: slotSpare},
		bpf.LoadAbsolute{Off: 8, Size: 4},
	)
	p.mix(bpf.ALUOpXor, slotSpare)
	p.add(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xffffff})
	p.mix(bpf.ALUOpXor, slotTCI)
}
