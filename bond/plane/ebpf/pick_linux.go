package ebpf

import (
	"github.com/cilium/ebpf/asm"
)

// Where the functions that carry frames keep values, from the frame pointer.
const (
	slotKey    = -8
	slotTick   = -16 // number of the tick, 32 bits
	slotNumber = -24 // what picks the member
	slotBucket = -32
	slotFetch  = -40
)

// In these functions R7 is the address of the state, and R9 the control word. R8 is the address of the
// plan in use, less that of the first half.
const (
	state = asm.R7
	half  = asm.R8
	word  = asm.R9
)

// octet returns the offset of an entry in the state.
func octet(entry int) int16 { return int16(entry * entryOctets) }

// octetOfPlan returns the offset of a plan's entry from half.
func octetOfPlan(entry int) int16 { return octet(entryHalves + entry) }

// address gives a register the address of an entry of the state.
func (m *maps) address(r asm.Register, entry int) asm.Instruction {
	return asm.LoadMapValue(r, m.state.FD(), uint32(octet(entry)))
}

// halfOf turns a control word in a register into the address of its plan.
func halfOf(r asm.Register) code {
	return code{
		asm.And.Imm(r, 1),
		asm.Mul.Imm(r, halfLen*entryOctets),
		asm.Add.Reg(r, state),
	}
}

// findPlan finds the plan in use.
var findPlan = join(
	code{asm.LoadMem(word, state, octet(entryControl), asm.Word), asm.Mov.Reg(half, word)},
	halfOf(half),
)

// bucketOf gives R3 the bucket of the number R0 in a table whose length is R2.
var bucketOf = code{
	asm.Mov.Reg32(asm.R3, asm.R0),
	asm.Mod.Reg32(asm.R3, asm.R2),
	asm.And.Imm(asm.R3, maxBuckets-1), // for the verifier
}

// element gives to the address of an element of an array, less the offset of the array from base.
// An element has 2^shift octets, and index its number.
func element(to, index, base asm.Register, shift int32) code {
	return code{asm.Mov.Reg(to, index), asm.LSh.Imm(to, shift), asm.Add.Reg(to, base)}
}

// slotOf gives R4 the slot of the bucket R3 in a plan.
func slotOf(plan asm.Register) code {
	return join(element(asm.R4, asm.R3, plan, 1), code{
		asm.LoadMem(asm.R4, asm.R4, octetOfPlan(halfTable), asm.Half),
		asm.And.Imm(asm.R4, maxMembers-1), // for the verifier
	})
}

// memberOf gives R1 the entry of the slot R4 in a plan.
func memberOf(plan asm.Register) code {
	return join(element(asm.R1, asm.R4, plan, 3), code{asm.LoadMem(asm.R1, asm.R1, octetOfPlan(halfMembers), asm.DWord)})
}

// keep keeps the number R0 for pick.
var keep = code{asm.StoreMem(asm.RFP, slotNumber, asm.R0, asm.DWord)}

// pick gives R1 the interface index of the member for the number kept: that modulo the length of
// the table is a bucket. R3 is the bucket and R4 the slot. If no member distributes, pick goes to
// none. With flows, the number is a hash, and its flow stays on the member of the plan before until
// it may move. rest is what pick seldom does. It changes R0 to R5, half and word.
//
// The next plan but one is written over this one. So pick reads the control word again in the
// end; as long as it is the same, nothing has been written. Otherwise it starts again. The plan
// can't change three times that fast.
func pick(flows bool, none string) (c, rest code) {
	const tries = 3
	number := code{asm.LoadMem(asm.R0, asm.RFP, slotNumber, asm.DWord)}
	for i := range tries {
		again := step("try", i+1)
		if i == tries-1 {
			again = none
		}
		try, more := pickOnce(i, flows, again)
		if i == 0 {
			c = join(number, try)
		} else {
			rest = join(rest, at(step("try", i), findPlan), number, try, code{asm.Ja.Label("picked")})
		}
		rest = join(rest, more)
	}
	return join(c, at("picked", code{asm.JEq.Imm(asm.R1, 0, none)})), rest
}

// pickOnce tries once, and goes to again if the plan has changed.
func pickOnce(i int, flows bool, again string) (c, rest code) {
	byThisPlan, check, empty := step("by this plan", i), step("check", i), step("empty", i)
	if flows {
		c, rest = seeFlow(step("not moved", i), byThisPlan), stay(i, byThisPlan, check)
	}
	rest = join(rest, at(empty, code{
		asm.Mov.Imm(asm.R1, 0),
		asm.Mov.Imm(asm.R3, 0), // without CAP_PERFMON the verifier reads these two as well
		asm.Mov.Imm(asm.R4, 0),
		asm.Ja.Label(check),
	}))
	c = join(c,
		at(byThisPlan, code{
			asm.LoadMem(asm.R2, half, octetOfPlan(halfSizes), asm.DWord),
			asm.Mov.Reg32(asm.R2, asm.R2),
			asm.JEq.Imm(asm.R2, 0, empty),
		}),
		bucketOf, slotOf(half), memberOf(half),
		at(check, code{
			asm.LoadMem(asm.R2, state, octet(entryControl), asm.Word),
			asm.JNE.Reg(asm.R2, word, again),
			asm.Mov.Reg32(asm.R1, asm.R1), // the interface index
		}),
	)
	return c, rest
}

// stay picks the member of the plan before if the flow has to stay there, and goes to check. If
// not, it goes to byThisPlan.
func stay(i int, byThisPlan, check string) code {
	moved := step("moved", i)
	arguments := code{asm.LoadMem(asm.R1, asm.RFP, slotNumber, asm.DWord), asm.Mov.Reg(asm.R2, word)}
	return join(
		at(step("not moved", i), arguments),
		code{asm.Call.Label(flowletFunction), asm.JEq.Imm(asm.R0, 0, moved)},
		arguments,
		code{
			asm.Call.Label(beforeFunction),
			asm.Mov.Reg(asm.R1, asm.R0),
			asm.JEq.Imm(asm.R1, 0, moved),
			asm.LoadMem(asm.R0, asm.RFP, slotNumber, asm.DWord),
			asm.LoadMem(asm.R2, half, octetOfPlan(halfSizes), asm.DWord),
			asm.Mov.Reg32(asm.R2, asm.R2),
			asm.JEq.Imm(asm.R2, 0, moved),
		},
		bucketOf,
		code{
			asm.Mov.Reg(asm.R4, asm.R1),
			asm.RSh.Imm(asm.R4, 32),
			asm.Ja.Label(check),
		},
		at(moved, code{asm.LoadMem(asm.R0, asm.RFP, slotNumber, asm.DWord), asm.Ja.Label(byThisPlan)}),
	)
}

const beforeFunction = "before"

// before is a function that finds the member that the plan before picks for the number R1. R2 is the
// control word. R0 is the interface index, and from bit 32 the slot. It is 0 if that plan picks
// none, or one that does not distribute by the plan in use. Even while that plan is being
// overwritten, the member is one that distributes.
func (m *maps) before() code {
	const old, now = asm.R6, asm.R8
	return join(
		at(beforeFunction, code{
			m.address(state, 0),
			asm.Mov.Reg(asm.R0, asm.R1),
			asm.Mov.Reg(now, asm.R2),
			asm.Mov.Reg(old, asm.R2),
			asm.Xor.Imm(old, 1),
		}),
		halfOf(now), halfOf(old),
		code{
			asm.LoadMem(asm.R2, old, octetOfPlan(halfSizes), asm.DWord),
			asm.Mov.Reg32(asm.R2, asm.R2),
			asm.JEq.Imm(asm.R2, 0, "none before"),
		},
		bucketOf, slotOf(old), memberOf(old),
		code{asm.Mov.Reg32(asm.R0, asm.R1), asm.JEq.Imm(asm.R0, 0, "none before")},
		memberOf(now),
		code{
			asm.Mov.Reg32(asm.R2, asm.R1),
			asm.JNE.Reg(asm.R2, asm.R0, "none before"),
			asm.RSh.Imm(asm.R1, 32),
			asm.And.Imm(asm.R1, flagDistributing),
			asm.JEq.Imm(asm.R1, 0, "none before"),
			asm.LSh.Imm(asm.R4, 32),
			asm.Or.Reg(asm.R0, asm.R4),
			asm.Return(),
		},
		at("none before", ret(0)),
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

const accountFunction = "account"

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
