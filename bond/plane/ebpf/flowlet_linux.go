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
// The flows are in groups by their hash modulo flowBuckets. The entry of a group has two halves of
// 32 bits: the time of its last frame, in units of 2^pauseShift nanoseconds, and the control word
// of the plan that the group has moved to. Each half changes by a plain store, since CPUs that
// store at the same time store the same plan and nearly the same time. Only a CPU that is stopped
// before its store, while the plan changes, moves a group back, for one more pause.
//
// The clock is CLOCK_MONOTONIC_COARSE if there is one, which steps once a tick. So what looks like
// a pause may be shorter by a tick.

const pauseShift = 16

// Offsets in the entry of a group.
const (
	groupSeen = 0
	groupPlan = 4
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

// flowlet is a function that finds out whether the flow with the hash R1 has moved to the plan in
// use, and moves it if it may. R0 is 0 if the flow has moved.
func (m *maps) flowlet(pause time.Duration) code {
	return join(
		at(flowletFunction, m.findGroup()),
		m.mayMove(pause),
		at("move", code{
			asm.StoreMem(asm.R9, groupPlan, asm.R8, asm.Word),
		}),
		at("see", code{asm.Mov.Imm(asm.R6, 0)}),
		at("touch", code{
			asm.LoadMem(asm.R1, asm.R9, groupSeen, asm.Word),
			asm.JEq.Reg(asm.R1, asm.R7, "known"), // do not take the memory from other CPUs
			asm.StoreMem(asm.R9, groupSeen, asm.R7, asm.Word),
		}),
		at("known", code{asm.Mov.Reg(asm.R0, asm.R6), asm.Return()}),
		at("moved", ret(0)),
	)
}

// findGroup finds the entry of the flow's group: R9 is its address. R7 is the time in the units
// of the entry, and R8 the control word.
func (m *maps) findGroup() code {
	return join(
		code{
			asm.Mov.Reg(asm.R6, asm.R1),
			monotonic().Call(),
			asm.StoreMem(asm.RFP, slotNow, asm.R0, asm.DWord),
			asm.RSh.Imm(asm.R0, pauseShift),
			asm.Mov.Reg32(asm.R7, asm.R0),
		},
		m.lookupState(entryControl, "moved"),
		code{
			asm.LoadMem(asm.R8, asm.R0, 0, asm.Word),
			asm.Mov.Reg(asm.R1, asm.R6),
			asm.And.Imm(asm.R1, flowBuckets-1),
			asm.Add.Imm(asm.R1, entryFlows),
		},
		lookupEntry(m.state.FD(), "moved"),
		code{asm.Mov.Reg(asm.R9, asm.R0)},
	)
}

// mayMove goes to see if the group has moved, and to touch with R6 set if it stays. Otherwise the
// group may move now.
func (m *maps) mayMove(pause time.Duration) code {
	return join(
		code{
			asm.LoadMem(asm.R1, asm.R9, groupPlan, asm.Word),
			asm.JEq.Reg(asm.R1, asm.R8, "see"),
			asm.Add.Imm32(asm.R1, 1),
			asm.JNE.Reg(asm.R1, asm.R8, "move"), // it was in a plan that is gone
			asm.LoadMem(asm.R1, asm.R9, groupSeen, asm.Word),
			asm.Mov.Reg(asm.R2, asm.R7),
			asm.Sub.Reg32(asm.R2, asm.R1),
			asm.LSh.Imm(asm.R2, 32), // another CPU's frame may be later
			asm.ArSh.Imm(asm.R2, 32),
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
			asm.Mov.Imm(asm.R6, 1),
			asm.Ja.Label("touch"),
		},
	)
}
