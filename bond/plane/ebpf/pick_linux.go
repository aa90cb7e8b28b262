package ebpf

import (
	"github.com/cilium/ebpf/asm"
)

// Where the functions that carry frames keep values, from the frame pointer.
const (
	slotKey   = -8
	slotNow   = -16 // of flowlet: nanoseconds
	slotWord  = -24 // control word
	slotTurn  = -32 // frames of a turn
	slotFetch = -40

	slotBefore = -48 // not 0: the flow has not moved from the plan before
)

// In these functions R7 is the first entry of the plan in use.
const half = asm.R7

// lookupEntry gives R0 the address of an entry of a map whose key is R1.
func lookupEntry(fd int, missing string) code {
	return join(code{asm.StoreMem(asm.RFP, slotKey, asm.R1, asm.Word)}, lookup(fd, slotKey, missing))
}

// lookupState gives R0 the address of an entry of the state.
func (m *maps) lookupState(entry int, missing string) code {
	return join(code{asm.Mov.Imm(asm.R1, int32(entry))}, lookupEntry(m.state.FD(), missing))
}

// lookupHalf gives R0 the address of an entry of the plan.
func (m *maps) lookupHalf(entry int, missing string) code {
	return join(code{asm.Mov.Reg(asm.R1, half), asm.Add.Imm(asm.R1, int32(entry))}, lookupEntry(m.state.FD(), missing))
}

// findHalf finds the plan in use, and keeps the control word.
func (m *maps) findHalf(missing string) code {
	return join(
		m.lookupState(entryControl, missing),
		code{
			asm.LoadMem(half, asm.R0, 0, asm.Word),
			asm.StoreMem(asm.RFP, slotWord, half, asm.DWord),
			asm.And.Imm(half, 1),
			asm.Mul.Imm(half, halfLen),
			asm.Add.Imm(half, entryHalves),
		},
	)
}

const (
	pickFunction    = "pick"
	targetFunction  = "target"
	accountFunction = "account"
)

// pickChanged is what pick returns if the plan changed meanwhile.
const pickChanged = -1

// pick is a function that picks the member for a number, R1: the number modulo the length of
// the table is a bucket. R0 is the interface index, and from bit 32 the slot, from bit 48
// the bucket. It is 0 if no member distributes. If R2 is not 0, it is the member of the plan
// before, provided that it still distributes.
//
// The next plan but one is written over this one. So pick reads the control word again in the
// end; as long as it is the same, nothing has been written.
func (m *maps) pick() code {
	return join(
		at(pickFunction, code{asm.Mov.Reg(asm.R6, asm.R1), asm.StoreMem(asm.RFP, slotBefore, asm.R2, asm.DWord)}),
		m.findHalf("nothing"),
		m.lookupHalf(halfSizes, "nothing"),
		code{
			asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
			asm.Mov.Imm(asm.R9, 0),
			asm.Mov.Reg32(asm.R1, asm.R1),
			asm.JEq.Imm(asm.R1, 0, "check"),
			asm.Mov.Reg32(asm.R8, asm.R6),
			asm.Mod.Reg32(asm.R8, asm.R1),
			asm.LoadMem(asm.R1, asm.RFP, slotBefore, asm.DWord),
			asm.JEq.Imm(asm.R1, 0, "by this plan"),
		},
		m.pickBefore("by this plan"),
		code{asm.Ja.Label("picked one")},
		at("by this plan", code{
			asm.Mov.Reg(asm.R1, half),
			asm.Mov.Reg(asm.R2, asm.R8),
			asm.Call.Label(targetFunction),
			asm.Mov.Reg(asm.R9, asm.R0),
			asm.JEq.Imm(asm.R9, 0, "check"),
		}),
		at("picked one", code{asm.LSh.Imm(asm.R8, 48), asm.Or.Reg(asm.R9, asm.R8)}),
		at("check", m.lookupState(entryControl, "nothing")),
		code{
			asm.LoadMem(asm.R1, asm.R0, 0, asm.Word),
			asm.LoadMem(asm.R2, asm.RFP, slotWord, asm.DWord),
			asm.Mov.Imm(asm.R0, pickChanged),
			asm.JNE.Reg(asm.R1, asm.R2, "return"),
			asm.Mov.Reg(asm.R0, asm.R9),
		},
		at("return", code{asm.Return()}),
		at("nothing", ret(0)),
	)
}

// pickBefore gives R9 the member that the plan before picks for the number R6. If it picks none,
// or one that does not distribute by the plan in use, pickBefore jumps. Even while that plan is
// being overwritten, the member is one that distributes.
func (m *maps) pickBefore(none string) code {
	return join(
		code{
			asm.Mov.Imm(asm.R9, 2*entryHalves+halfLen), // the sum of both halves' first entries
			asm.Sub.Reg(asm.R9, half),
			asm.Mov.Reg(asm.R1, asm.R9),
			asm.Add.Imm(asm.R1, halfSizes),
		},
		lookupEntry(m.state.FD(), none),
		code{
			asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
			asm.Mov.Reg32(asm.R1, asm.R1),
			asm.JEq.Imm(asm.R1, 0, none),
			asm.Mov.Reg32(asm.R2, asm.R6),
			asm.Mod.Reg32(asm.R2, asm.R1),
			asm.Mov.Reg(asm.R1, asm.R9),
			asm.Call.Label(targetFunction),
			asm.Mov.Reg(asm.R9, asm.R0),
			asm.JEq.Imm(asm.R9, 0, none),
			asm.Mov.Reg(asm.R1, asm.R9),
			asm.RSh.Imm(asm.R1, 32),
			asm.Add.Reg(asm.R1, half),
			asm.Add.Imm(asm.R1, halfMembers),
		},
		lookupEntry(m.state.FD(), none),
		code{
			asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
			asm.Mov.Reg32(asm.R2, asm.R1),
			asm.Mov.Reg32(asm.R3, asm.R9),
			asm.JNE.Reg(asm.R2, asm.R3, none),
			asm.RSh.Imm(asm.R1, 32),
			asm.And.Imm(asm.R1, flagDistributing),
			asm.JEq.Imm(asm.R1, 0, none),
		},
	)
}

// target is a function that finds the member of a bucket, R2, in the plan that begins at entry
// R1. R0 is the interface index, and from bit 32 the slot; it is 0 without such a
// member.
func (m *maps) target() code {
	return join(
		at(targetFunction, code{
			asm.Mov.Reg(half, asm.R1),
			asm.Mov.Reg(asm.R8, asm.R2),
			asm.Mov.Reg(asm.R1, asm.R2),
			asm.RSh.Imm(asm.R1, 2),
			asm.Add.Reg(asm.R1, half),
			asm.Add.Imm(asm.R1, halfTable),
		}),
		lookupEntry(m.state.FD(), "no target"),
		code{
			asm.LoadMem(asm.R9, asm.R0, 0, asm.DWord),
			asm.And.Imm(asm.R8, slotsPerEntry-1),
			asm.Mul.Imm(asm.R8, slotBits),
			asm.RSh.Reg(asm.R9, asm.R8),
			asm.And.Imm(asm.R9, 1<<slotBits-1), // the slot
			asm.Mov.Reg(asm.R1, asm.R9),
			asm.Add.Reg(asm.R1, half),
			asm.Add.Imm(asm.R1, halfMembers),
		},
		lookupEntry(m.state.FD(), "no target"),
		code{
			asm.LoadMem(asm.R0, asm.R0, 0, asm.DWord),
			asm.Mov.Reg32(asm.R0, asm.R0), // the interface index
			asm.JEq.Imm(asm.R0, 0, "no target"),
			asm.LSh.Imm(asm.R9, 32),
			asm.Or.Reg(asm.R0, asm.R9),
			asm.Return(),
		},
		at("no target", ret(0)),
	)
}

// wireLen gives a register the length of the frame with the tag outside it. It changes R1.
func wireLen(r asm.Register) code {
	return code{
		asm.LoadMem(r, frame, skbLen, asm.Word),
		asm.LoadMem(asm.R1, frame, skbVLANPresent, asm.Word),
		asm.LSh.Imm(asm.R1, 2),
		asm.Add.Reg(r, asm.R1),
	}
}

// count adds one frame and its octets, R8, to two counters in the entry at R0.
func count(at int16) code {
	return code{
		asm.LoadMem(asm.R1, asm.R0, at, asm.DWord),
		asm.Add.Imm(asm.R1, 1),
		asm.StoreMem(asm.R0, at, asm.R1, asm.DWord),
		asm.LoadMem(asm.R1, asm.R0, at+8, asm.DWord),
		asm.Add.Reg(asm.R1, asm.R8),
		asm.StoreMem(asm.R0, at+8, asm.R1, asm.DWord),
	}
}

// account is a function that counts the frame R1 as sent by the member in slot R2.
func (m *maps) account() code {
	return join(
		at(accountFunction, code{asm.Mov.Reg(frame, asm.R1), asm.StoreMem(asm.RFP, slotKey, asm.R2, asm.Word)}),
		wireLen(asm.R8),
		lookup(m.members.FD(), slotKey, "not counted"),
		count(memberTx),
		at("not counted", ret(0)),
	)
}
