package ebpf

import (
	"github.com/cilium/ebpf/asm"

	"github.com/lagkit/lagkit/hash"
)

// EtherTypes and protocols that the programs tell apart.
const (
	typeIPv4     = 0x0800
	typeIPv6     = 0x86dd
	typeTag      = 0x8100
	typeOuterTag = 0x88a8
	typeOldTag   = 0x9100

	protoICMP   = 1
	protoAH     = 51
	protoICMPv6 = 58
	protoNone   = 59 // no header follows
)

// withPorts are the protocols whose header starts with the four octets that tell flows apart.
var withPorts = []int32{6, 17, 33, 50, 132, 136} // TCP, UDP, DCCP, ESP, SCTP, UDP-Lite

const (
	etherLen = 14
	tagLen   = 4
	ipv4Len  = 20
	ipv6Len  = 40
	icmpLen  = 8
)

// Where the functions that compute a hash keep what they read, from the frame pointer.
const (
	slotHead  = -16 // Ethernet header
	slotMore  = -24 // a tag or a transport header: eight octets
	slotIP    = -64 // IP header
	slotAddrs = -72 // IP addresses, mixed
	slotProto = -80 // protocol
	slotTCI   = -88 // tag outside the frame

	// Of policy Flow:
	slotScope = -96  // headers around the packet
	slotRest  = -104 // all fields but the addresses, the scope and the label
	slotLabel = -112 // IPv6 flow label
	slotTags  = -120 // number of tags
	slotType  = -128 // EtherType after the tags
)

// In these functions R7 is an offset in the frame, R8 the EtherType of the packet at it, and
// R9 the Ethernet header as one word.
const (
	offset    = asm.R7
	etherType = asm.R8
	etherWord = asm.R9
)

// ethernet reads the Ethernet header, and looks through a tag outside the frame. If tags is
// hash.TagStripped it looks through a tag in the frame too. A frame without a header goes to
// short.
func ethernet(tags hash.TagView, short string) code {
	return join(
		code{asm.Mov.Imm(asm.R2, 0)},
		fetch(slotHead, etherLen, short),
		code{
			asm.LoadMem(etherType, asm.RFP, slotHead+12, asm.Half),
			bigEndian(etherType, asm.Half),
			asm.Mov.Imm(offset, etherLen),
			asm.LoadMem(etherWord, asm.RFP, slotHead+5, asm.Byte),
			asm.LoadMem(asm.R1, asm.RFP, slotHead+11, asm.Byte),
			asm.Xor.Reg(etherWord, asm.R1),
			store(slotTCI, 0),
			asm.LoadMem(asm.R1, frame, skbVLANPresent, asm.Word),
			asm.JEq.Imm(asm.R1, 0, "no tag outside"),
			asm.LoadMem(asm.R1, frame, skbVLANTCI, asm.Word),
			asm.StoreMem(asm.RFP, slotTCI, asm.R1, asm.DWord),
			asm.Ja.Label("type known"),
		},
		at("no tag outside", untag(tags)),
		at("type known", code{asm.Xor.Reg(etherWord, etherType)}),
	)
}

// untag looks through a tag in the frame, as if it was outside. A frame that ends before the
// next EtherType keeps its tag.
func untag(tags hash.TagView) code {
	if tags != hash.TagStripped {
		return code{asm.Ja.Label("type known")}
	}
	return join(
		code{
			asm.JEq.Imm(etherType, typeTag, "tag"),
			asm.JNE.Imm(etherType, typeOuterTag, "type known"),
		},
		at("tag", fetchAt(offset, slotMore, tagLen, "type known")),
		code{
			asm.LoadMem(asm.R1, asm.RFP, slotMore, asm.Half),
			bigEndian(asm.R1, asm.Half),
			asm.StoreMem(asm.RFP, slotTCI, asm.R1, asm.DWord),
			asm.LoadMem(etherType, asm.RFP, slotMore+2, asm.Half),
			bigEndian(etherType, asm.Half),
			asm.Add.Imm(offset, tagLen),
		},
	)
}

// mixIPv6 gives R1 the words of both addresses of the IPv6 header at an offset from base, mixed.
// It changes scratch.
func mixIPv6(base asm.Register, header int16, scratch asm.Register) code {
	return join(
		code{
			asm.LoadMem(asm.R1, base, header+8, asm.DWord),
			asm.LoadMem(scratch, base, header+16, asm.DWord),
			asm.Xor.Reg(asm.R1, scratch),
			asm.LoadMem(scratch, base, header+24, asm.DWord),
			asm.Xor.Reg(asm.R1, scratch),
			asm.LoadMem(scratch, base, header+32, asm.DWord),
			asm.Xor.Reg(asm.R1, scratch),
		},
		littleEndian(asm.R1, asm.DWord),
		code{
			asm.Mov.Reg(scratch, asm.R1),
			asm.RSh.Imm(scratch, 32),
			asm.Xor.Reg32(asm.R1, scratch),
		},
	)
}

// ipHeader reads the IP header at the offset, as the kernel's bonding driver does: it checks
// neither version nor header length, and does not walk IPv6 extension headers. Afterwards R1 is
// the protocol, protoNone for a fragment, and the offset that of what follows the header. A
// packet that is not IP, or too short, goes to other. Labels start with name.
func ipHeader(name, other string) code {
	return join(
		code{
			asm.JEq.Imm(etherType, typeIPv4, name+" IPv4"),
			asm.JNE.Imm(etherType, typeIPv6, other),
		},
		fetchAt(offset, slotIP, ipv6Len, other),
		mixIPv6(asm.RFP, slotIP, asm.R2),
		code{
			asm.StoreMem(asm.RFP, slotAddrs, asm.R1, asm.DWord),
			asm.LoadMem(asm.R1, asm.RFP, slotIP+6, asm.Byte),
			asm.Add.Imm(offset, ipv6Len),
			asm.Ja.Label(name + " done"),
		},
		at(name+" IPv4", fetchAt(offset, slotIP, ipv4Len, other)),
		code{
			asm.LoadMem(asm.R1, asm.RFP, slotIP+12, asm.Word),
			asm.LoadMem(asm.R2, asm.RFP, slotIP+16, asm.Word),
			asm.Xor.Reg(asm.R1, asm.R2),
		},
		littleEndian(asm.R1, asm.Word),
		code{
			asm.StoreMem(asm.RFP, slotAddrs, asm.R1, asm.DWord),
			asm.LoadMem(asm.R1, asm.RFP, slotIP, asm.Byte),
			asm.And.Imm(asm.R1, 0x0f),
			asm.LSh.Imm(asm.R1, 2),
			asm.Add.Reg(offset, asm.R1),
			asm.LoadMem(asm.R1, asm.RFP, slotIP+9, asm.Byte),
			asm.LoadMem(asm.R2, asm.RFP, slotIP+6, asm.Half),
			bigEndian(asm.R2, asm.Half),
			asm.And.Imm(asm.R2, 0x3fff), // More Fragments and the offset
			asm.JEq.Imm(asm.R2, 0, name+" done"),
			asm.Mov.Imm(asm.R1, protoNone),
		},
		at(name+" done", code{asm.StoreMem(asm.RFP, slotProto, asm.R1, asm.DWord)}),
	)
}

// icmpErrors jumps to label if the ICMP message on the stack is an error. R1 is the protocol,
// and R2 the type of the message afterwards.
func icmpErrors(label, otherwise string) code {
	return join(
		code{
			asm.LoadMem(asm.R2, asm.RFP, slotMore, asm.Byte),
			asm.JEq.Imm(asm.R1, protoICMPv6, "ICMPv6"),
		},
		jumpIf(asm.R2, label, 3, 4, 5, 11, 12),
		code{asm.Ja.Label(otherwise)},
		at("ICMPv6", jumpIf(asm.R2, label, 1, 2, 3, 4)),
		code{asm.Ja.Label(otherwise)},
	)
}

// ports gives R0 the four octets that tell flows apart, as a word that a little-endian machine
// loads, and goes to label "have ports". R1 is the protocol. If there are no such octets, it
// goes to none.
func ports(none string) code {
	return join(
		jumpIf(asm.R1, "ports", withPorts...),
		code{
			asm.JNE.Imm(asm.R1, protoAH, none),
			asm.Add.Imm(offset, 4),
		},
		at("ports", fetchAt(offset, slotMore, 4, none)),
		code{asm.LoadMem(asm.R0, asm.RFP, slotMore, asm.Word)},
		littleEndian(asm.R0, asm.Word),
		code{asm.Ja.Label("have ports")},
	)
}
