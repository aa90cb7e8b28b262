package ebpf

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/cilium/ebpf/asm"
)

// code is a piece of a program: straight-line instructions with labels in between. A program is
// put together from pieces by join.
//
// No piece computes an address in a frame from a value, such as the start of the frame plus the
// length of a header. The kernel permits that only with CAP_PERFMON. Instead the helper
// skb_load_bytes copies octets of the frame to the stack. It also reads frames whose octets are
// not in one piece, and it fails where the frame is too short. An address in the state map may
// be computed from a value that is bounded by a mask.
type code = asm.Instructions

// In every function of a program R6 is the frame: its struct __sk_buff.
const frame = asm.R6

// Offsets in struct __sk_buff (linux/bpf.h).
const (
	skbLen         = 0
	skbProtocol    = 16 // EtherType, in network order
	skbVLANPresent = 20
	skbVLANTCI     = 24
	skbIfindex     = 40
	skbGSOSize     = 176
)

// The verdicts of a program at TCX, and the same in a filter.
const (
	verdictNext = -1 // the next program decides, or the frame goes on its way
	verdictDrop = 2
)

// join puts pieces one after another.
func join(pieces ...code) code { return slices.Concat(pieces...) }

// at gives a piece a label.
func at(label string, c code) code {
	c = slices.Clone(c)
	c[0] = c[0].WithSymbol(label)
	return c
}

// step names one of several labels that differ in a number.
func step(label string, i int) string { return label + " " + strconv.Itoa(i) }

// ret ends a function with a constant.
func ret(value int32) code { return code{asm.Mov.Imm(asm.R0, value), asm.Return()} }

// jumpIf jumps if a register has one of several values.
func jumpIf(r asm.Register, label string, values ...int32) (c code) {
	for _, v := range values {
		c = append(c, asm.JEq.Imm(r, v, label))
	}
	return c
}

// store sets eight octets of the stack to a constant.
func store(slot int16, value int64) asm.Instruction {
	return asm.Instruction{OpCode: asm.StoreImmOp(asm.DWord), Dst: asm.RFP, Offset: slot, Constant: value}
}

// fetch copies n octets of the frame to the stack. R2 is their offset in the frame. If the
// frame ends before, fetch jumps. It changes R0 to R5.
func fetch(slot int16, n int32, short string) code {
	return code{
		asm.Mov.Reg(asm.R1, frame),
		asm.Mov.Reg(asm.R3, asm.RFP),
		asm.Add.Imm(asm.R3, int32(slot)),
		asm.Mov.Imm(asm.R4, n),
		asm.FnSkbLoadBytes.Call(),
		asm.JNE.Imm(asm.R0, 0, short),
	}
}

// fetchAt is fetch at the offset in a register.
func fetchAt(offset asm.Register, slot int16, n int32, short string) code {
	return join(code{asm.Mov.Reg(asm.R2, offset)}, fetch(slot, n, short))
}

// lookup gives R0 the address of the map's entry whose key is on the stack. Without such an
// entry it jumps. It changes R1 to R5.
func lookup(fd int, slot int16, missing string) code {
	return code{
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, int32(slot)),
		asm.LoadMapPtr(asm.R1, fd),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, missing),
	}
}

// bigEndian turns a field that was loaded from the frame into its value.
func bigEndian(r asm.Register, size asm.Size) asm.Instruction { return asm.HostTo(asm.BE, r, size) }

// littleEndian turns octets that were loaded from the frame into the word that a little-endian
// machine loads. On such a machine it is nothing.
func littleEndian(r asm.Register, size asm.Size) code {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return nil
	}
	return code{asm.HostTo(asm.LE, r, size)}
}

// networkOrder returns an EtherType as a program loads it from __sk_buff.
func networkOrder(etherType uint16) int32 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], etherType)
	return int32(binary.NativeEndian.Uint16(b[:]))
}
