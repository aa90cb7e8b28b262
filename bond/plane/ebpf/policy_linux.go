package ebpf

import (
	"github.com/cilium/ebpf/asm"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// hashFunction is the label of the function that computes the hash of a frame: R1 is the frame,
// R0 the hash afterwards.
const hashFunction = "hash"

// hashCode returns code that gives R0 the number that h computes: that of [hash.Hasher.Sum32], or
// of [hash.Hasher.SumMeta] if the kernel keeps a tag of the frame outside it. The frame is in
// register frame; the code changes R0 to R5. rest ends with a function, so it belongs to the end of a
// program. inPlace is that of readsInPlace. The error is a [*lacp.FieldError] if there is no such
// code.
func hashCode(h hash.Hasher, inPlace bool) (c, rest code, err error) {
	var quick quickHash
	switch h.Policy() {
	case hash.Layer2:
		rest, quick = layer2(h.Tags()), quickLayer2(h.Tags())
	case hash.Layer23:
		rest, quick = layer23(h.Tags()), quickLayer23()
	case hash.Layer34:
		rest, quick = layer34(h.Tags()), quickLayer34()
	case hash.VLANSrcMAC:
		rest, quick = vlanSrcMAC(h.Tags()), quickVLANSrcMAC(h.Tags())
	case hash.Flow:
		keys, ok := h.FlowKeys()
		if !ok {
			return nil, nil, &lacp.FieldError{Field: "Hash", Value: "flow with Symmetric, Inner or Hardened",
				Allowed: "flow without these options; the user plane has them"}
		}
		rest, quick = flow(keys), quickFlow(keys)
	default:
		return nil, nil, &lacp.FieldError{Field: "Hash", Value: h.Policy().String(),
			Allowed: "layer2, layer2+3, layer3+4, vlan+srcmac or flow; the user plane has the others"}
	}
	rest = join(at(hashFunction, code{asm.Mov.Reg(frame, asm.R1)}), rest)
	// The number gives an address later. Without CAP_PERFMON, that must not depend on what the verifier
	// knows about the number.
	c = join(code{asm.Mov.Reg(asm.R1, frame), asm.Call.Label(hashFunction)})
	if inPlace {
		rest = join(quick.rest, at("slow", c), code{asm.Ja.Label("hashed")}, rest)
		c = quick.common
	}
	return join(c, at("hashed", forget(asm.R0))), rest, nil
}

// short ends a function of a frame that is shorter than an Ethernet header.
var short = at("short", ret(0))

// etherOnly ends a function with the hash of the Ethernet header.
var etherOnly = at("ether", code{asm.Mov.Reg(asm.R0, etherWord), asm.Return()})

func layer2(tags hash.TagView) code { return join(ethernet(tags, "short"), etherOnly, short) }

// fold mixes the upper octets of R0 into the lower ones.
var fold = code{
	asm.Mov.Reg32(asm.R1, asm.R0),
	asm.RSh.Imm32(asm.R1, 16),
	asm.Xor.Reg32(asm.R0, asm.R1),
	asm.Mov.Reg32(asm.R1, asm.R0),
	asm.RSh.Imm32(asm.R1, 8),
	asm.Xor.Reg32(asm.R0, asm.R1),
}

// headers reads the Ethernet and IP headers of a frame, and the IP header that an ICMP error
// quotes. It goes on after a quoted header, to query after another ICMP header, to noICMP if the
// frame ends before that, and to transport if the protocol is not ICMP. A frame that is not IP goes
// to "ether".
func headers(tags hash.TagView, transport, query, noICMP string) code {
	return join(
		ethernet(tags, "short"),
		ipHeader("outer", "ether"),
		code{
			asm.JEq.Imm(asm.R1, protoICMP, "ICMP"),
			asm.JNE.Imm(asm.R1, protoICMPv6, transport),
		},
		at("ICMP", fetchAt(offset, slotMore, icmpLen, noICMP)),
		code{asm.LoadMem(asm.R1, asm.RFP, slotProto, asm.DWord)},
		icmpErrors("error", query),
		at("error", code{asm.Add.Imm(offset, icmpLen)}),
		ipHeader("quoted", "ether"),
	)
}

func layer23(tags hash.TagView) code {
	return join(
		headers(tags, "mix", "mix", "mix"),
		at("mix", code{asm.LoadMem(asm.R0, asm.RFP, slotAddrs, asm.DWord)}),
		code{asm.Xor.Reg32(asm.R0, etherWord)},
		fold,
		code{asm.Return()},
		etherOnly, short,
	)
}

func layer34(tags hash.TagView) code {
	return join(
		headers(tags, "transport", "query", "no ports"),
		at("transport", ports("no ports")),
		at("query", jumpIf(asm.R2, "identifier", 0, 8, 13, 14, 128, 129)),
		at("no ports", code{asm.Mov.Imm(asm.R0, 0), asm.Ja.Label("have ports")}),
		at("identifier", icmpIdentifier),
		at("have ports", code{asm.LoadMem(asm.R1, asm.RFP, slotAddrs, asm.DWord)}),
		code{asm.Xor.Reg32(asm.R0, asm.R1)},
		fold,
		code{asm.RSh.Imm32(asm.R0, 1), asm.Return()},
		etherOnly, short,
	)
}

// icmpIdentifier gives R0 the type, code and identifier of an ICMP query as one word.
// Identifier 0 counts as 1.
var icmpIdentifier = code{
	asm.LoadMem(asm.R0, asm.RFP, slotMore+4, asm.Half),
	bigEndian(asm.R0, asm.Half),
	asm.JNE.Imm(asm.R0, 0, "not zero"),
	asm.Mov.Imm(asm.R0, 1),
	asm.LSh.Imm(asm.R0, 8).WithSymbol("not zero"),
	asm.LoadMem(asm.R1, asm.RFP, slotMore+1, asm.Byte),
	asm.Or.Reg(asm.R0, asm.R1),
	asm.LSh.Imm(asm.R0, 8),
	asm.LoadMem(asm.R1, asm.RFP, slotMore, asm.Byte),
	asm.Or.Reg(asm.R0, asm.R1),
}

// vlanSrcMAC mixes the tag outside the frame and the two halves of the source address.
func vlanSrcMAC(tags hash.TagView) code {
	return join(
		ethernet(tags, "short"),
		code{asm.LoadMem(asm.R0, asm.RFP, slotTCI, asm.DWord)},
		vlanSrcMACSum(asm.RFP, slotHead+6),
		code{asm.Return()},
		short,
	)
}

// vlanSrcMACSum mixes the two halves of the source address, which is at an offset from base, into
// R0. It changes R1 and R2.
func vlanSrcMACSum(base asm.Register, source int16) code {
	return code{
		asm.LoadMem(asm.R1, base, source, asm.Half),
		bigEndian(asm.R1, asm.Half),
		asm.LSh.Imm(asm.R1, 8),
		asm.LoadMem(asm.R2, base, source+2, asm.Byte),
		asm.Or.Reg(asm.R1, asm.R2),
		asm.Xor.Reg(asm.R0, asm.R1),
		asm.LoadMem(asm.R1, base, source+3, asm.Byte),
		asm.LSh.Imm(asm.R1, 16),
		asm.Xor.Reg(asm.R0, asm.R1),
		asm.LoadMem(asm.R1, base, source+4, asm.Half),
		bigEndian(asm.R1, asm.Half),
		asm.Xor.Reg(asm.R0, asm.R1),
	}
}
