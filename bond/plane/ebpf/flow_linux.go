package ebpf

import (
	"slices"

	"github.com/cilium/ebpf/asm"
)

// Policy Flow, as package hash describes it, without its options. It walks to the packet as
// hash.flowWalk does. Each kind of header has a label. "not IP" is where the walk ends without a
// packet, "sum" where it ends with one. The packet that an ICMP error quotes has code and labels of
// its own: without CAP_PERFMON, older kernels do not see that a loop ends.

const (
	typePPPoE    = 0x8864
	typeMPLS     = 0x8847
	typeMPLSMany = 0x8848

	pppIPv4     = 0x0021
	pppIPv6     = 0x0057
	pppMPLS     = 0x0281
	pppMPLSMany = 0x0283

	// Limits of the walk.
	flowTags       = 4
	flowExtensions = 8
	flowLabels     = 16
)

// The kinds of headers around a packet, and of addresses.
const (
	scopeVLANs = (1 + iota) << 56
	scopePPPoE
	scopeMPLS
)

const (
	kindIPv6  = 1 << 48
	kindEther = 2 << 48
)

const roundFunction = "round"

// round is a function that multiplies R1 and R2 to 128 bits and folds them to R0. It changes R1 to
// R5.
var round = at(roundFunction, append(slices.Clone(roundInPlace), asm.Return()))

// roundInPlace is the same where it stands.
var roundInPlace = code{
	asm.Mov.Reg(asm.R3, asm.R1),
	asm.RSh.Imm(asm.R3, 32), // upper half of the first
	asm.Mov.Reg(asm.R4, asm.R2),
	asm.RSh.Imm(asm.R4, 32), // upper half of the second
	asm.Mov.Reg(asm.R0, asm.R1),
	asm.Mul.Reg(asm.R0, asm.R2), // the product's lower half
	asm.Mov.Reg32(asm.R1, asm.R1),
	asm.Mov.Reg32(asm.R2, asm.R2),
	asm.Mov.Reg(asm.R5, asm.R1),
	asm.Mul.Reg(asm.R5, asm.R2), // lower times lower
	asm.RSh.Imm(asm.R5, 32),
	asm.Mul.Reg(asm.R2, asm.R3), // upper of the first times lower
	asm.Add.Reg(asm.R5, asm.R2),
	asm.Mul.Reg(asm.R1, asm.R4), // lower times upper of the second
	asm.Mov.Reg32(asm.R2, asm.R5),
	asm.Add.Reg(asm.R1, asm.R2),
	asm.Mul.Reg(asm.R3, asm.R4), // upper times upper
	asm.RSh.Imm(asm.R5, 32),
	asm.Add.Reg(asm.R3, asm.R5),
	asm.RSh.Imm(asm.R1, 32),
	asm.Add.Reg(asm.R3, asm.R1), // the product's upper half
	asm.Xor.Reg(asm.R0, asm.R3),
}

// flowKeys are the keys of the rounds.
type flowKeys [8]uint64

// xorKey mixes a constant into a register. It changes R3.
func xorKey(r asm.Register, key uint64) code {
	return code{asm.LoadImm(asm.R3, int64(key), asm.DWord), asm.Xor.Reg(r, asm.R3)}
}

// round gives R0 the round of R1 and R2, each mixed with a key.
func (k *flowKeys) round(a, b int) code { return k.roundBy(callRound, a, b) }

var callRound = code{asm.Call.Label(roundFunction)}

// roundBy is round, by a call or in place.
func (k *flowKeys) roundBy(round code, a, b int) code {
	return join(xorKey(asm.R1, k[a]), xorKey(asm.R2, k[b]), round)
}

// roundsOverAll gives R0 the hash of the addresses with the scope, R1, and all other fields, R2.
func (k *flowKeys) roundsOverAll(round code) code {
	return join(
		k.roundBy(round, 0, 1),
		code{asm.Mov.Reg(asm.R1, asm.R0), asm.Mov.Imm(asm.R2, 0)},
		k.roundBy(round, 2, 3),
		code{asm.Mov.Reg32(asm.R0, asm.R0)},
	)
}

// forget hides from the verifier what it knows about a register: it takes the exclusive or with
// the frame's length twice. Without CAP_PERFMON the verifier goes through the rest of the
// program again for every value that it knows, and gives up. It changes R1.
func forget(r asm.Register) code {
	return code{asm.LoadMem(asm.R1, frame, skbLen, asm.Word), asm.Xor.Reg(r, asm.R1), asm.Xor.Reg(r, asm.R1)}
}

// enclose adds R1, a field around the packet, to the scope.
func (k *flowKeys) enclose(kind uint64) code {
	return join(
		code{asm.LoadMem(asm.R2, asm.RFP, slotScope, asm.DWord), asm.Xor.Reg(asm.R1, asm.R2)},
		xorKey(asm.R1, kind),
		code{asm.Mov.Imm(asm.R2, 0)},
		k.round(6, 7),
		code{asm.StoreMem(asm.RFP, slotScope, asm.R0, asm.DWord)},
	)
}

func flow(keys [8]uint64) code {
	k := (*flowKeys)(&keys)
	return join(
		flowStart,
		flowUntag(k),
		at("network", forget(offset)),
		jumpIf(etherType, "IPv4", typeIPv4),
		jumpIf(etherType, "IPv6", typeIPv6),
		jumpIf(etherType, "PPPoE", typePPPoE),
		jumpIf(etherType, "MPLS", typeMPLS, typeMPLSMany),
		code{asm.Ja.Label("not IP")},
		at("PPPoE", flowPPPoE(k)),
		at("MPLS", flowMPLS(k)),
		flowPacket(k, "", "not IP"),
		flowPacket(k, quoted, "sum"),
		at("not IP", flowEther(k)),
		at("sum", flowSum(k)),
		short,
		round,
	)
}

// flowStart reads the Ethernet header.
var flowStart = join(
	code{
		store(slotScope, 0),
		asm.Mov.Imm(asm.R2, 0),
	},
	fetch(slotHead, etherLen, "short"),
	code{
		asm.LoadMem(etherType, asm.RFP, slotHead+12, asm.Half),
		bigEndian(etherType, asm.Half),
		asm.Mov.Imm(offset, etherLen),
	},
)

// flowUntag steps over the tags. If there are two or more, their identifiers tell flows apart.
// R9 holds the identifiers.
func flowUntag(k *flowKeys) code {
	c := code{
		asm.Mov.Imm(asm.R9, 0),
		store(slotTags, 0),
		asm.LoadMem(asm.R1, frame, skbVLANPresent, asm.Word),
		asm.JEq.Imm(asm.R1, 0, step("tag", 0)),
		store(slotTags, 1),
		asm.LoadMem(asm.R9, frame, skbVLANTCI, asm.Word),
		asm.And.Imm(asm.R9, 0x0fff),
	}
	for i := range flowTags {
		found := step("tag found", i)
		c = join(c,
			at(step("tag", i), jumpIf(etherType, found, typeTag, typeOuterTag, typeOldTag)),
			code{asm.Ja.Label("tags done")},
			at(found, fetchAt(offset, slotMore, tagLen, "tags done")),
			code{
				asm.LoadMem(asm.R1, asm.RFP, slotMore, asm.Half),
				bigEndian(asm.R1, asm.Half),
				asm.And.Imm(asm.R1, 0x0fff),
				asm.LSh.Imm(asm.R9, 12),
				asm.Or.Reg(asm.R9, asm.R1),
				asm.LoadMem(etherType, asm.RFP, slotMore+2, asm.Half),
				bigEndian(etherType, asm.Half),
				asm.Add.Imm(offset, tagLen),
				asm.LoadMem(asm.R1, asm.RFP, slotTags, asm.DWord),
				asm.Add.Imm(asm.R1, 1),
				asm.StoreMem(asm.RFP, slotTags, asm.R1, asm.DWord),
			})
	}
	return join(c,
		at("tags done", code{
			asm.StoreMem(asm.RFP, slotType, etherType, asm.DWord),
			asm.LoadMem(asm.R1, asm.RFP, slotTags, asm.DWord),
			asm.JLT.Imm(asm.R1, 2, "network"),
			asm.Mov.Reg(asm.R1, asm.R9),
		}),
		k.enclose(scopeVLANs))
}

// flowPPPoE reads a PPPoE header and the PPP frame in the session, whose protocol has one octet
// or two.
func flowPPPoE(k *flowKeys) code {
	return join(
		fetchAt(offset, slotMore, 6, "not IP"),
		code{
			asm.LoadMem(asm.R1, asm.RFP, slotMore, asm.Half),
			bigEndian(asm.R1, asm.Half),
			asm.JNE.Imm(asm.R1, 0x1100, "not IP"), // version, and data of a session
			asm.LoadMem(asm.R1, asm.RFP, slotMore+2, asm.Half),
			bigEndian(asm.R1, asm.Half),
		},
		k.enclose(scopePPPoE),
		code{asm.Add.Imm(offset, 6)},
		fetchAt(offset, slotMore, 2, "PPP"),
		code{
			asm.LoadMem(asm.R1, asm.RFP, slotMore, asm.Half),
			bigEndian(asm.R1, asm.Half),
			asm.JNE.Imm(asm.R1, 0xff03, "PPP"), // address and control
			asm.Add.Imm(offset, 2),
		},
		at("PPP", fetchAt(offset, slotMore, 1, "not IP")),
		code{
			asm.LoadMem(etherType, asm.RFP, slotMore, asm.Byte),
			asm.Add.Imm(offset, 1),
			asm.JSet.Imm(etherType, 1, "PPP protocol"),
			asm.Sub.Imm(offset, 1),
		},
		fetchAt(offset, slotMore, 2, "not IP"),
		code{
			asm.LoadMem(etherType, asm.RFP, slotMore, asm.Half),
			bigEndian(etherType, asm.Half),
			asm.Add.Imm(offset, 2),
		},
		at("PPP protocol", jumpIf(etherType, "IPv4", pppIPv4)),
		jumpIf(etherType, "IPv6", pppIPv6),
		jumpIf(etherType, "MPLS", pppMPLS, pppMPLSMany),
		code{asm.Ja.Label("not IP")},
	)
}

// flowMPLS reads a label stack. What follows it is IP if it has the version and the length of
// an IP packet.
func flowMPLS(k *flowKeys) (c code) {
	for i := range flowLabels {
		reserved := step("reserved label", i)
		c = join(c,
			at(step("label", i), forget(offset)),
			fetchAt(offset, slotMore, 4, "not IP"),
			code{
				asm.Add.Imm(offset, 4),
				asm.LoadMem(asm.R8, asm.RFP, slotMore, asm.Word),
				bigEndian(asm.R8, asm.Word),
				asm.Mov.Reg(asm.R1, asm.R8),
				asm.RSh.Imm(asm.R1, 12),
				asm.JLT.Imm(asm.R1, 16, reserved),
			},
			k.enclose(scopeMPLS),
			at(reserved, code{asm.JSet.Imm(asm.R8, 0x100, "below labels")}), // the bottom of the stack
		)
	}
	return join(c,
		code{asm.Ja.Label("not IP")},
		at("below labels", fetchAt(offset, slotMore, 8, "not IP")),
		code{
			asm.LoadMem(asm.R3, frame, skbLen, asm.Word),
			asm.Sub.Reg(asm.R3, offset), // octets left
			asm.LoadMem(asm.R1, asm.RFP, slotMore, asm.Byte),
			asm.RSh.Imm(asm.R1, 4),
			asm.JEq.Imm(asm.R1, 4, "below is IPv4"),
			asm.JNE.Imm(asm.R1, 6, "not IP"),
			asm.LoadMem(asm.R2, asm.RFP, slotMore+4, asm.Half),
			bigEndian(asm.R2, asm.Half),
			asm.Add.Imm(asm.R2, ipv6Len),
			asm.JLE.Reg(asm.R2, asm.R3, "IPv6"),
			asm.Ja.Label("not IP"),
		},
		at("below is IPv4", code{
			asm.LoadMem(asm.R2, asm.RFP, slotMore+2, asm.Half),
			bigEndian(asm.R2, asm.Half),
			asm.JLT.Imm(asm.R2, ipv4Len, "not IP"),
			asm.JGT.Reg(asm.R2, asm.R3, "not IP"),
		}),
	)
}

// quoted is how the labels of the packet that an ICMP error quotes begin.
const quoted = "quoted "

// flowPacket reads an IP packet, and goes on where it ends. If it is none, flowPacket goes to none.
// Labels start with name.
func flowPacket(k *flowKeys, name, none string) code {
	return join(
		at(name+"IPv4", flowIPv4(name, none)),
		at(name+"IPv6", flowIPv6(k, name, none)),
		at(name+"transport", flowTransport(name)),
		at(name+"ICMP", flowICMP(name)),
	)
}

// flowIPv4 reads an IPv4 header. Afterwards R8 is the protocol.
func flowIPv4(name, none string) code {
	return join(
		fetchAt(offset, slotIP, ipv4Len, none),
		code{
			asm.LoadMem(asm.R9, asm.RFP, slotIP, asm.Byte),
			asm.Mov.Reg(asm.R1, asm.R9),
			asm.RSh.Imm(asm.R1, 4),
			asm.JNE.Imm(asm.R1, 4, none),
			asm.And.Imm(asm.R9, 0x0f),
			asm.JLT.Imm(asm.R9, ipv4Len/4, none),
			asm.LoadMem(asm.R1, asm.RFP, slotIP+12, asm.Word),
			asm.LoadMem(asm.R2, asm.RFP, slotIP+16, asm.Word),
		},
		littleEndian(asm.R1, asm.Word),
		littleEndian(asm.R2, asm.Word),
		code{
			asm.LSh.Imm(asm.R2, 32),
			asm.Or.Reg(asm.R1, asm.R2),
			asm.StoreMem(asm.RFP, slotAddrs, asm.R1, asm.DWord),
			store(slotRest, 0),
			store(slotLabel, 0),
			asm.LoadMem(asm.R1, asm.RFP, slotIP+6, asm.Half),
			bigEndian(asm.R1, asm.Half),
			asm.JSet.Imm(asm.R1, 0x3fff, "sum"), // a fragment
			asm.LSh.Imm(asm.R9, 2),
			asm.Add.Reg(offset, asm.R9),
			asm.LoadMem(asm.R8, asm.RFP, slotIP+9, asm.Byte),
			asm.Ja.Label(name + "transport"),
		},
	)
}

// endOfIPv6 gives R0 the first round of an address in the IPv6 header.
func (k *flowKeys) endOfIPv6(slot int16, a, b int) code {
	return join(
		code{asm.LoadMem(asm.R1, asm.RFP, slot, asm.DWord), asm.LoadMem(asm.R2, asm.RFP, slot+8, asm.DWord)},
		littleEndian(asm.R1, asm.DWord),
		littleEndian(asm.R2, asm.DWord),
		k.round(a, b),
	)
}

// flowIPv6 reads an IPv6 header and its extension headers. Afterwards R8 is the protocol.
func flowIPv6(k *flowKeys, name, none string) code {
	return join(
		fetchAt(offset, slotIP, ipv6Len, none),
		code{
			asm.LoadMem(asm.R1, asm.RFP, slotIP, asm.Byte),
			asm.RSh.Imm(asm.R1, 4),
			asm.JNE.Imm(asm.R1, 6, none),
		},
		k.endOfIPv6(slotIP+8, 4, 5),
		code{asm.Mov.Reg(asm.R9, asm.R0)},
		k.endOfIPv6(slotIP+24, 6, 7),
		code{
			asm.Xor.Reg(asm.R9, asm.R0),
			asm.StoreMem(asm.RFP, slotAddrs, asm.R9, asm.DWord),
			asm.LoadImm(asm.R1, kindIPv6, asm.DWord),
			asm.StoreMem(asm.RFP, slotRest, asm.R1, asm.DWord),
			asm.LoadMem(asm.R1, asm.RFP, slotIP, asm.Word),
		},
		littleEndian(asm.R1, asm.Word),
		code{
			asm.And.Imm32(asm.R1, -0xf100), // wire order: the last 20 bits
			asm.StoreMem(asm.RFP, slotLabel, asm.R1, asm.DWord),
			asm.LoadMem(asm.R8, asm.RFP, slotIP+6, asm.Byte),
			asm.Add.Imm(offset, ipv6Len),
		},
		flowExtension(name),
	)
}

// flowExtension steps over IPv6 extension headers. R8 is the type of the next header. The
// kernel would not see that a loop ends: without CAP_PERFMON it also follows the branches that
// a processor takes by mistake.
func flowExtension(name string) (c code) {
	for i := range flowExtensions {
		next, options := step(name+"extension", i+1), step(name+"options", i)
		c = join(c,
			at(step(name+"extension", i), forget(offset)),
			jumpIf(asm.R8, options, 0, 43, 60),
			code{asm.JNE.Imm(asm.R8, 44, name+"transport")},
			fetchAt(offset, slotMore, 8, "sum"),
			code{
				asm.LoadMem(asm.R1, asm.RFP, slotMore+2, asm.Half),
				bigEndian(asm.R1, asm.Half),
				asm.JSet.Imm(asm.R1, 0xfff9, "sum"), // a fragment, unless it is the whole packet (RFC 6946)
				asm.LoadMem(asm.R8, asm.RFP, slotMore, asm.Byte),
				asm.Add.Imm(offset, 8),
				asm.Ja.Label(next),
			},
			at(options, fetchAt(offset, slotMore, 2, "sum")),
			code{
				asm.LoadMem(asm.R8, asm.RFP, slotMore, asm.Byte),
				asm.LoadMem(asm.R1, asm.RFP, slotMore+1, asm.Byte),
				asm.Add.Imm(asm.R1, 1),
				asm.LSh.Imm(asm.R1, 3),
				asm.Add.Reg(offset, asm.R1),
			},
		)
	}
	return join(c, at(step(name+"extension", flowExtensions), code{asm.Ja.Label("sum")}))
}

// mixRest mixes R1 into the fields other than the addresses. It changes R2.
var mixRest = code{
	asm.LoadMem(asm.R2, asm.RFP, slotRest, asm.DWord),
	asm.Xor.Reg(asm.R2, asm.R1),
	asm.StoreMem(asm.RFP, slotRest, asm.R2, asm.DWord),
}

// flowTransport reads the header of a protocol, R8. The flow label does not count with a
// connection, because a host may change it.
func flowTransport(name string) code {
	return join(
		forget(offset),
		forget(asm.R8),
		code{asm.Mov.Reg(asm.R1, asm.R8), asm.LSh.Imm(asm.R1, 32)},
		mixRest,
		jumpIf(asm.R8, name+"ICMP", protoICMP, protoICMPv6),
		jumpIf(asm.R8, name+"flow ports", 17), // UDP
		jumpIf(asm.R8, name+"connection", append([]int32{protoAH}, withPorts...)...),
		code{asm.Ja.Label("sum")},
		at(name+"connection", code{store(slotLabel, 0)}),
		code{asm.JNE.Imm(asm.R8, protoAH, name+"flow ports"), asm.Add.Imm(offset, 4)},
		at(name+"flow ports", fetchAt(offset, slotMore, 4, "sum")),
		code{asm.LoadMem(asm.R1, asm.RFP, slotMore, asm.Word)},
		littleEndian(asm.R1, asm.Word),
		mixRest,
		code{asm.Ja.Label("sum")},
	)
}

// flowICMP goes on with the packet that an error quotes, but not with one that an error quoted in it
// quotes. The identifier of a query becomes the port of both ends.
func flowICMP(name string) code {
	kind := code{asm.LoadMem(asm.R2, asm.RFP, slotMore, asm.Byte)}
	if name != quoted {
		kind = join(
			code{asm.Mov.Reg(asm.R1, asm.R8)},
			icmpErrors("error", "query"),
			at("error", code{
				asm.Add.Imm(offset, icmpLen),
				asm.JEq.Imm(asm.R8, protoICMP, quoted+"IPv4"),
				asm.Ja.Label(quoted + "IPv6"),
			}),
		)
	}
	return join(
		fetchAt(offset, slotMore, icmpLen, "sum"),
		kind,
		at(name+"query", jumpIf(asm.R8, name+"ICMPv6 query", protoICMPv6)),
		jumpIf(asm.R2, name+"identifier", 0, 8, 13, 14),
		code{asm.Ja.Label("sum")},
		at(name+"ICMPv6 query", jumpIf(asm.R2, name+"identifier", 128, 129)),
		code{asm.Ja.Label("sum")},
		at(name+"identifier", code{asm.LoadMem(asm.R1, asm.RFP, slotMore+4, asm.Half)}),
		littleEndian(asm.R1, asm.Half),
		code{
			store(slotLabel, 0),
			asm.Mov.Reg(asm.R3, asm.R1),
			asm.LSh.Imm(asm.R3, 16),
			asm.Or.Reg(asm.R1, asm.R3),
		},
		mixRest,
		code{asm.Ja.Label("sum")},
	)
}

// flowEther takes the two stations and the EtherType of a frame that is not IP.
func flowEther(k *flowKeys) code {
	return join(
		code{
			asm.LoadMem(asm.R1, asm.RFP, slotType, asm.DWord),
			asm.LSh.Imm(asm.R1, 32),
			asm.LoadImm(asm.R2, kindEther, asm.DWord),
			asm.Or.Reg(asm.R1, asm.R2),
			asm.StoreMem(asm.RFP, slotRest, asm.R1, asm.DWord),
			store(slotLabel, 0),
			asm.LoadMem(asm.R1, asm.RFP, slotHead+6, asm.Half),
			asm.LoadMem(asm.R3, asm.RFP, slotHead+8, asm.Word),
			asm.LoadMem(asm.R2, asm.RFP, slotHead, asm.DWord),
		},
		littleEndian(asm.R1, asm.Half),
		littleEndian(asm.R3, asm.Word),
		littleEndian(asm.R2, asm.DWord),
		code{
			asm.LSh.Imm(asm.R3, 16),
			asm.Or.Reg(asm.R1, asm.R3), // source
			asm.LSh.Imm(asm.R2, 16),
			asm.RSh.Imm(asm.R2, 16), // destination
		},
		k.round(4, 5),
		code{asm.StoreMem(asm.RFP, slotAddrs, asm.R0, asm.DWord)},
	)
}

// flowSum is the rounds over all fields.
func flowSum(k *flowKeys) code {
	return join(
		code{
			asm.LoadMem(asm.R1, asm.RFP, slotAddrs, asm.DWord),
			asm.LoadMem(asm.R2, asm.RFP, slotScope, asm.DWord),
			asm.Xor.Reg(asm.R1, asm.R2),
			asm.LoadMem(asm.R2, asm.RFP, slotLabel, asm.DWord),
			asm.LSh.Imm(asm.R2, 32),
			asm.LoadMem(asm.R3, asm.RFP, slotRest, asm.DWord),
			asm.Xor.Reg(asm.R2, asm.R3),
		},
		k.roundsOverAll(callRound),
		code{asm.Return()},
	)
}
