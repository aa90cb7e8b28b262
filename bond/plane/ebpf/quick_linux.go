package ebpf

import (
	"github.com/cilium/ebpf/asm"
)

// Most frames carry TCP or UDP in IPv4 without options or in IPv6 without extension headers, and
// their headers are in the first piece of the frame. Where the kernel allows it, a hash function
// begins with a quick one, which reads those in place, at fixed offsets, in a third of the time. It
// must agree with the rest of the function, which other frames go on to.

// readsInPlace reports whether programs of this process may read the octets of a frame in place.
// On some older kernels that takes CAP_PERFMON.
func readsInPlace() bool {
	p, err := load("lagkit_check", join(quickHead(quickIPv4, "slow"), at("slow", ret(verdictNext))))
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
// than n octets. The frame is R1.
func quickHead(n int32, slow string) code {
	return code{
		asm.LoadMem(asm.R2, asm.R1, skbData, asm.Word),
		asm.LoadMem(asm.R3, asm.R1, skbDataEnd, asm.Word),
		asm.Mov.Reg(asm.R4, asm.R2),
		asm.Add.Imm(asm.R4, n),
		asm.JGT.Reg(asm.R4, asm.R3, slow),
	}
}

// quickPorts gives R0 the ports at an offset, or goes to slow if R5, the protocol, is another.
// Labels start with name.
func quickPorts(name string, offset int16, slow string) code {
	return join(
		code{
			asm.JEq.Imm(asm.R5, protoTCP, name+" ports"),
			asm.JNE.Imm(asm.R5, protoUDP, slow),
		},
		at(name+" ports", code{asm.LoadMem(asm.R0, asm.R2, offset, asm.Word)}),
		littleEndian(asm.R0, asm.Word),
	)
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

// quick gives R0 the ports and R1 the mixed addresses of a frame, and goes to "quick mix"; or it
// goes to "slow". The frame is R1 in the beginning.
var quick = join(
	code{asm.Mov.Reg(frame, asm.R1)},
	quickHead(quickIPv4, "slow"),
	quickIPv4Header("quick IPv6", "slow"),
	quickPorts("quick", etherLen+ipv4Len, "slow"),
	code{asm.Xor.Reg(asm.R1, asm.R4), asm.Ja.Label("quick mix")},
	at("quick IPv6", code{
		asm.JNE.Imm(asm.R4, networkOrder(typeIPv6), "slow"),
		asm.Mov.Reg(asm.R4, asm.R2),
		asm.Add.Imm(asm.R4, quickIPv6),
		asm.JGT.Reg(asm.R4, asm.R3, "slow"),
		asm.LoadMem(asm.R5, asm.R2, etherLen+6, asm.Byte),
	}),
	mixIPv6(asm.R2, etherLen, asm.R4),
	quickPorts("quick IPv6", etherLen+ipv6Len, "slow"),
)

// goSlow begins the rest of a hash function: the frame is R1 again.
var goSlow = at("slow", code{asm.Mov.Reg(asm.R1, frame)})

var quickLayer23 = join(
	quick,
	at("quick mix", code{
		asm.LoadMem(asm.R0, asm.R2, 12, asm.Half),
		bigEndian(asm.R0, asm.Half),
		asm.LoadMem(asm.R3, asm.R2, 5, asm.Byte),
		asm.Xor.Reg(asm.R0, asm.R3),
		asm.LoadMem(asm.R3, asm.R2, 11, asm.Byte),
		asm.Xor.Reg(asm.R0, asm.R3),
		asm.Xor.Reg32(asm.R0, asm.R1),
	}),
	fold,
	code{asm.Return()},
	goSlow,
)

var quickLayer34 = join(
	quick,
	at("quick mix", code{asm.Xor.Reg32(asm.R0, asm.R1)}),
	fold,
	code{asm.RSh.Imm32(asm.R0, 1), asm.Return()},
	goSlow,
)

// quickFlow reads the tuple of policy Flow and goes to "sum".
var quickFlow = join(
	code{asm.Mov.Reg(frame, asm.R1), store(slotScope, 0)},
	quickHead(quickIPv4, "slow"),
	quickIPv4Header("slow", "slow"),
	quickPorts("quick", etherLen+ipv4Len, "slow"),
	code{
		asm.LSh.Imm(asm.R4, 32),
		asm.Or.Reg(asm.R1, asm.R4),
		asm.StoreMem(asm.RFP, slotAddrs, asm.R1, asm.DWord),
		asm.LSh.Imm(asm.R5, 32),
		asm.Or.Reg(asm.R0, asm.R5),
		asm.StoreMem(asm.RFP, slotRest, asm.R0, asm.DWord),
		store(slotLabel, 0),
		asm.Ja.Label("sum"),
	},
	goSlow,
)
