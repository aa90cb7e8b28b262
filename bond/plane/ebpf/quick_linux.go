package ebpf

import (
	"github.com/cilium/ebpf/asm"

	"github.com/lagkit/lagkit/hash"
)

// Most frames carry TCP or UDP in IPv4 without options or in IPv6 without extension headers, and
// their headers are in the first piece of the frame. Where the kernel allows it, a program begins
// with a quick hash, which reads those in place, at fixed offsets, in a third of the time. It must
// agree with the hash function, which other frames go on to.

// quickHash is the quick hash of a policy. The frame is in register frame. The code goes to "slow",
// or gives R0 the hash. It changes R0 to R5. rest is what it does less often.
type quickHash struct{ common, rest code }

// readsInPlace reports whether programs of this process may read the octets of a frame in place.
// On some older kernels that takes CAP_PERFMON.
func readsInPlace() bool {
	p, err := load("lagkit_check", join(code{asm.Mov.Reg(frame, asm.R1)}, quickHead(quickIPv4, "slow"), at("slow", ret(verdictNext))))
	if err != nil {
		return false
	}
	closeLoaded(p)
	return true
}

// Offsets in struct __sk_buff.
const (
	skbData    = 76
	skbDataEnd = 80
)

// The octets of a frame, from R2, up to the ports.
const (
	quickIPv4 = etherLen + ipv4Len + 4
	quickIPv6 = etherLen + ipv6Len + 4
)

const (
	protoTCP = 6
	protoUDP = 17
)

// quickHead gives R2 the address of the frame, and goes to slow if its first piece is shorter
// than n octets.
func quickHead(n int32, slow string) code {
	return code{
		asm.LoadMem(asm.R2, frame, skbData, asm.Word),
		asm.LoadMem(asm.R3, frame, skbDataEnd, asm.Word),
		asm.Mov.Reg(asm.R4, asm.R2),
		asm.Add.Imm(asm.R4, n),
		asm.JGT.Reg(asm.R4, asm.R3, slow),
	}
}

// quickProtocol goes on with then if R5, the protocol, is TCP or UDP, and to slow otherwise. Labels
// start with name.
func quickProtocol(name, slow string, then ...code) code {
	return join(
		code{
			asm.JEq.Imm(asm.R5, protoTCP, name+" ports"),
			asm.JNE.Imm(asm.R5, protoUDP, slow),
		},
		at(name+" ports", join(then...)),
	)
}

// quickPorts gives R0 the ports at an offset.
func quickPorts(offset int16) code {
	return join(code{asm.LoadMem(asm.R0, asm.R2, offset, asm.Word)}, littleEndian(asm.R0, asm.Word))
}

// quickIPv4Header reads an IPv4 header: R5 is the protocol, R1 the source and R4 the destination
// address. A frame of another type goes to other, and one with options, or a fragment, to slow.
func quickIPv4Header(other, slow string) code {
	return join(
		code{
			asm.LoadMem(asm.R4, asm.R2, 12, asm.Half),
			asm.JNE.Imm(asm.R4, networkOrder(typeIPv4), other),
			asm.LoadMem(asm.R4, asm.R2, etherLen, asm.Byte),
			asm.JNE.Imm(asm.R4, 0x45, slow),
			asm.LoadMem(asm.R4, asm.R2, etherLen+6, asm.Half),
			asm.JSet.Imm(asm.R4, networkOrder(0x3fff), slow), // a fragment
			asm.LoadMem(asm.R5, asm.R2, etherLen+9, asm.Byte),
			asm.LoadMem(asm.R1, asm.R2, etherLen+12, asm.Word),
			asm.LoadMem(asm.R4, asm.R2, etherLen+16, asm.Word),
		},
		littleEndian(asm.R1, asm.Word),
		littleEndian(asm.R4, asm.Word),
	)
}

// quickAddresses gives R1 the IP addresses of the frame at R2, mixed, and goes on with mix. If ports
// is true, R0 is the ports then.
func quickAddresses(ports bool, mix code) quickHash {
	read := func(offset int16) code {
		if !ports {
			return nil
		}
		return quickPorts(offset)
	}
	return quickHash{
		join(
			quickHead(quickIPv4, "slow"),
			quickIPv4Header("quick IPv6", "slow"),
			quickProtocol("quick", "slow", read(etherLen+ipv4Len), code{asm.Xor.Reg(asm.R1, asm.R4)}),
			at("quick mix", mix),
		),
		join(
			at("quick IPv6", code{
				asm.JNE.Imm(asm.R4, networkOrder(typeIPv6), "slow"),
				asm.Mov.Reg(asm.R4, asm.R2),
				asm.Add.Imm(asm.R4, quickIPv6),
				asm.JGT.Reg(asm.R4, asm.R3, "slow"),
				asm.LoadMem(asm.R5, asm.R2, etherLen+6, asm.Byte),
			}),
			mixIPv6(asm.R2, etherLen, asm.R4),
			quickProtocol("quick IPv6", "slow", read(etherLen+ipv6Len), code{asm.Ja.Label("quick mix")}),
		),
	}
}

// quickEther gives R0 the EtherType of the frame at R2, mixed with the last octets of both
// stations. It changes R3.
var quickEther = code{
	asm.LoadMem(asm.R0, asm.R2, 12, asm.Half),
	bigEndian(asm.R0, asm.Half),
	asm.LoadMem(asm.R3, asm.R2, 5, asm.Byte),
	asm.Xor.Reg(asm.R0, asm.R3),
	asm.LoadMem(asm.R3, asm.R2, 11, asm.Byte),
	asm.Xor.Reg(asm.R0, asm.R3),
}

// quickStations is quickHead for an Ethernet header. If tags is hash.TagStripped, a frame with a
// tag in it goes to "slow".
func quickStations(tags hash.TagView) code {
	c := quickHead(etherLen, "slow")
	if tags == hash.TagStripped {
		c = append(c, asm.LoadMem(asm.R0, asm.R2, 12, asm.Half))
		c = append(c, jumpIf(asm.R0, "slow", networkOrder(typeTag), networkOrder(typeOuterTag))...)
	}
	return c
}

func quickLayer2(tags hash.TagView) quickHash {
	return quickHash{common: join(quickStations(tags), quickEther)}
}

func quickLayer23() quickHash {
	return quickAddresses(false, join(quickEther, code{asm.Xor.Reg32(asm.R0, asm.R1)}, fold))
}

func quickLayer34() quickHash {
	return quickAddresses(true, join(code{asm.Xor.Reg32(asm.R0, asm.R1)}, fold, code{asm.RSh.Imm32(asm.R0, 1)}))
}

func quickVLANSrcMAC(tags hash.TagView) quickHash {
	return quickHash{common: join(
		quickStations(tags),
		code{
			asm.Mov.Reg(asm.R4, asm.R2),
			asm.Mov.Imm(asm.R0, 0),
			asm.LoadMem(asm.R1, frame, skbVLANPresent, asm.Word),
			asm.JEq.Imm(asm.R1, 0, "quick untagged"),
			asm.LoadMem(asm.R0, frame, skbVLANTCI, asm.Word),
		},
		at("quick untagged", vlanSrcMACSum(asm.R4, 6)),
	)}
}

// quickFlow does not know the addresses of IPv6, which take more rounds.
func quickFlow(keys [8]uint64) quickHash {
	k := (*flowKeys)(&keys)
	return quickHash{common: join(
		quickHead(quickIPv4, "slow"),
		quickIPv4Header("slow", "slow"),
		quickProtocol("quick", "slow", quickPorts(etherLen+ipv4Len)),
		code{
			asm.LSh.Imm(asm.R4, 32),
			asm.Or.Reg(asm.R1, asm.R4),
			asm.Mov.Reg(asm.R2, asm.R0),
			asm.LSh.Imm(asm.R5, 32),
			asm.Or.Reg(asm.R2, asm.R5),
		},
		k.roundsOverAll(roundInPlace),
	)}
}
