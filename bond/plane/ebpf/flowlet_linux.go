package ebpf

import (
	"time"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// Order without a queue. When a plan moves a flow from one working member to another, the flow's
// next frame must not overtake the last one on the old member. So the flow stays there until it
// pauses for longer than the members' delays differ, or until a deadline.
//
// The flows are in groups by their hash modulo flowBuckets. The entry of a group has the time
// of its last frame in the lower bits, in units of 2^pauseShift nanoseconds, and above that the
// lowest bits of the control word of the plan that the group has moved to. It changes by
// compare-and-exchange only, so a group does not move back.
//
// The clock is CLOCK_MONOTONIC_COARSE, which steps once a tick but takes a tenth of the time to
// read. So what looks like a pause may be shorter by a tick.

const (
	pauseShift = 16
	seenBits   = 40
	wordMask   = 1<<(64-seenBits) - 1
)

// pauseUnits returns how long a pause must look like, in the units of the groups.
func pauseUnits(pause time.Duration) int32 {
	const unit = 1 << pauseShift
	var tick unix.Timespec
	if err := unix.ClockGetres(unix.CLOCK_MONOTONIC_COARSE, &tick); err != nil {
		tick = unix.NsecToTimespec(int64(10 * time.Millisecond)) // the longest of any kernel
	}
	return int32(min((int64(pause)+tick.Nano())/unit+1, 1<<30))
}

const flowletFunction = "flowlet"

// compareExchange stores R2 at the address R9 if R0 is there, and gives R0 what was there.
func compareExchange() asm.Instruction {
	i := asm.CmpXchg.Mem(asm.R9, asm.R2, asm.DWord, 0)
	i.Constant = int64(asm.CmpXchg >> 8) // version 0.22 of the assembler leaves it out
	return i
}

// slotGroup is where flowlet keeps the entry of the flow's group.
const slotGroup = slotTurn

// flowlet is a function that finds out whether the flow with the hash R1 has moved to the plan in
// use, and moves it if it may. R0 is 0 if the flow has moved.
func (m *maps) flowlet(pause time.Duration) code {
	return join(
		at(flowletFunction, m.findGroup()),
		m.mayMove(pause),
		at("see", code{asm.Mov.Imm(asm.R8, 0)}),
		at("touch", code{
			asm.LoadMem(asm.R0, asm.RFP, slotGroup, asm.DWord),
			asm.Mov.Reg(asm.R2, asm.R0),
			asm.RSh.Imm(asm.R2, seenBits),
			asm.LSh.Imm(asm.R2, seenBits),
			asm.Or.Reg(asm.R2, asm.R7),
			asm.JEq.Reg(asm.R0, asm.R2, "known"),
			compareExchange(), // another CPU's newer time is as good
		}),
		at("known", code{asm.Mov.Reg(asm.R0, asm.R8), asm.Return()}),
		at("move", code{
			asm.Mov.Reg(asm.R2, asm.R6),
			asm.LSh.Imm(asm.R2, seenBits),
			asm.Or.Reg(asm.R2, asm.R7),
			asm.LoadMem(asm.R0, asm.RFP, slotGroup, asm.DWord),
			asm.Mov.Reg(asm.R8, asm.R0),
			compareExchange(),
			asm.JEq.Reg(asm.R0, asm.R8, "moved"),
			asm.RSh.Imm(asm.R0, seenBits), // another CPU was faster
			asm.JEq.Reg(asm.R0, asm.R6, "moved"),
		}),
		ret(1),
		at("moved", ret(0)),
	)
}

// findGroup finds the entry of the flow's group: R9 is its address. R7 is the time in the units
// of the entry, R8 the control word, and R6 as many bits of it as the entry has.
func (m *maps) findGroup() code {
	return join(
		code{
			asm.Mov.Reg(asm.R6, asm.R1),
			asm.FnKtimeGetCoarseNs.Call(),
			asm.Mov.Reg(asm.R7, asm.R0),
			asm.StoreMem(asm.RFP, slotNow, asm.R0, asm.DWord),
			asm.RSh.Imm(asm.R7, pauseShift),
		},
		m.lookupState(entryControl, "moved"),
		code{
			asm.LoadMem(asm.R8, asm.R0, 0, asm.Word),
			asm.Mov.Reg(asm.R1, asm.R6),
			asm.And.Imm(asm.R1, flowBuckets-1),
			asm.Add.Imm(asm.R1, entryFlows),
		},
		lookupEntry(m.state.FD(), "moved"),
		code{
			asm.Mov.Reg(asm.R9, asm.R0),
			asm.Mov.Reg(asm.R6, asm.R8),
			asm.And.Imm(asm.R6, wordMask),
			asm.LoadMem(asm.R1, asm.R9, 0, asm.DWord),
			asm.StoreMem(asm.RFP, slotGroup, asm.R1, asm.DWord),
		},
	)
}

// mayMove goes to see if the group R1 has moved, to move if it may move now, and to touch with R8
// set if it stays.
func (m *maps) mayMove(pause time.Duration) code {
	return join(
		code{
			asm.Mov.Reg(asm.R3, asm.R1),
			asm.RSh.Imm(asm.R3, seenBits),
			asm.JEq.Reg(asm.R3, asm.R6, "see"),
			asm.Add.Imm(asm.R3, 1),
			asm.And.Imm(asm.R3, wordMask),
			asm.JNE.Reg(asm.R3, asm.R6, "move"), // it was in a plan that is gone
			asm.LSh.Imm(asm.R1, 64-seenBits),
			asm.RSh.Imm(asm.R1, 64-seenBits), // when the last frame was sent
			asm.Mov.Reg(asm.R2, asm.R7),
			asm.Sub.Reg(asm.R2, asm.R1),
			asm.JSGT.Imm(asm.R2, pauseUnits(pause), "move"),
			asm.Mov.Reg(asm.R1, asm.R8),
			asm.And.Imm(asm.R1, 1),
			asm.Mul.Imm(asm.R1, halfLen),
			asm.Add.Imm(asm.R1, entryHalves+halfMoves),
		},
		lookupEntry(m.state.FD(), "moved"),
		code{
			asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
			asm.LoadMem(asm.R2, asm.RFP, slotNow, asm.DWord),
			asm.JGE.Reg(asm.R2, asm.R1, "move"),
			asm.Mov.Imm(asm.R8, 1),
			asm.Ja.Label("touch"),
		},
	)
}
