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
// 32 bits: the number of the kernel's tick (jiffies) at its last frame, and the control word of the
// plan that the group has moved to. Each half changes by a plain store, since CPUs that store at
// the same time store the same plan and nearly the same time. Only a CPU that is stopped before its
// store, while the plan changes, moves a group back, for one more pause.

// Offsets in the entry of a group.
const (
	groupSeen = 0
	groupPlan = 4
)

// pauseTicks returns by how many the ticks of two frames have to differ at least for a pause in
// between: the first frame may have come at the end of its tick, the second at the beginning.
func pauseTicks(pause time.Duration) int32 {
	var tick unix.Timespec // the coarse clocks step once a tick
	if err := unix.ClockGetres(unix.CLOCK_MONOTONIC_COARSE, &tick); err != nil || tick.Nano() <= 0 {
		tick = unix.NsecToTimespec(int64(time.Millisecond)) // the shortest of most kernels
	}
	return int32(min((int64(pause)+tick.Nano()-1)/tick.Nano()+1, 1<<30))
}

// groupOf gives R1 the address of the group of the hash R0, less that of the first group.
var groupOf = code{
	asm.Mov.Reg(asm.R1, asm.R0),
	asm.And.Imm(asm.R1, flowBuckets-1),
	asm.LSh.Imm(asm.R1, 3), // eight octets each
	asm.Add.Reg(asm.R1, state),
}

// see notes the tick of this frame in the group at R1. It goes to done, which has to follow. It
// changes R2 and R3.
func see(done string) code {
	return code{
		asm.LoadMem(asm.R2, asm.R1, octet(entryFlows)+groupSeen, asm.Word),
		asm.LoadMem(asm.R3, asm.RFP, slotTick, asm.DWord),
		asm.JEq.Reg(asm.R2, asm.R3, done), // do not take the memory from other CPUs
		asm.StoreMem(asm.R1, octet(entryFlows)+groupSeen, asm.R3, asm.Word),
	}
}

// seeFlow goes to notMoved if the flow with the hash R0 has not moved to the plan in use. Otherwise
// it goes to done, which follows.
func seeFlow(notMoved, done string) code {
	return join(
		groupOf,
		code{
			asm.LoadMem(asm.R2, asm.R1, octet(entryFlows)+groupPlan, asm.Word),
			asm.JNE.Reg(asm.R2, word, notMoved),
		},
		see(done),
	)
}

const flowletFunction = "flowlet"

// flowlet is a function that moves the flow with the hash R1 to the plan in use if it may. R2 is
// the control word. R0 is 0 if the flow has moved.
func (m *maps) flowlet(pause time.Duration) code {
	return join(
		at(flowletFunction, code{
			asm.Mov.Reg(asm.R6, asm.R1),
			asm.Mov.Reg(word, asm.R2),
		}),
		m.enter(),
		code{
			asm.FnKtimeGetNs.Call(),
			asm.Mov.Reg(asm.R5, asm.R0),
			asm.Mov.Reg(asm.R0, asm.R6),
		},
		groupOf,
		code{
			asm.LoadMem(asm.R2, asm.R1, octet(entryFlows)+groupPlan, asm.Word),
			asm.Add.Imm32(asm.R2, 1),
			asm.JNE.Reg(asm.R2, word, "move"), // it was in a plan that is gone
			asm.LoadMem(asm.R3, asm.R1, octet(entryFlows)+groupSeen, asm.Word),
			asm.LoadMem(asm.R2, asm.RFP, slotTick, asm.DWord),
			asm.Sub.Reg32(asm.R2, asm.R3),
			asm.LSh.Imm(asm.R2, 32), // another CPU's frame may be later
			asm.ArSh.Imm(asm.R2, 32),
			asm.JSGE.Imm(asm.R2, pauseTicks(pause), "move"),
			asm.Mov.Reg(half, word),
		},
		halfOf(half),
		code{
			asm.LoadMem(asm.R2, half, octetOfPlan(halfMoves), asm.DWord),
			asm.JGE.Reg(asm.R5, asm.R2, "move"),
			asm.Mov.Imm(asm.R0, 1),
		},
		code{asm.Ja.Label("see")},
		at("move", code{
			asm.StoreMem(asm.R1, octet(entryFlows)+groupPlan, word, asm.Word),
			asm.Mov.Imm(asm.R0, 0),
		}),
		at("see", see("seen")),
		at("seen", code{asm.Return()}),
	)
}
