package ebpf

import (
	"time"

	"github.com/cilium/ebpf/asm"
)

// Frames pass until a time. Reading the clock, which also counts while the machine sleeps, takes
// longer than the rest of a program on some machines. So a program reads it for the first frame of
// each tick of the kernel (jiffies), and for every frame in the last second. In between it finds in
// the state that the clock was read in this tick for this time. A changed time counts from the next
// frame on. After a sleep of the machine, frames may pass until the next tick.

// exactFor is how long before the end the clock is read for every frame. A tick takes a hundredth of
// that at most, unless the machine stands still.
const exactFor = time.Second

// entryChecked is the time until when frames pass, mixed with the number of the tick from bit
// tickShift on.
const tickShift = 40

// start begins a program: it gives frame and state their values, and keeps the number of the tick.
func (m *maps) start() code { return join(code{asm.Mov.Reg(frame, asm.R1)}, m.enter()) }

// enter begins a function that needs the state and the number of the tick. It changes R0 to R5.
func (m *maps) enter() code {
	return code{
		m.address(state, 0),
		asm.FnJiffies64.Call(),
		asm.Mov.Reg32(asm.R0, asm.R0),
		asm.StoreMem(asm.RFP, slotTick, asm.R0, asm.DWord),
	}
}

// valid goes to expired if the time is over until frames may pass. rest is what it seldom does. It
// changes R0 to R5 and R8.
func valid(expired string) (c, rest code) {
	const until = asm.R8
	found := code{
		asm.LoadMem(asm.R1, asm.RFP, slotTick, asm.DWord),
		asm.LSh.Imm(asm.R1, tickShift),
		asm.Xor.Reg(asm.R1, until),
	}
	c = join(
		code{asm.LoadMem(until, state, octet(entryUntil), asm.DWord), asm.JEq.Imm(until, 0, "valid")},
		found,
		code{
			asm.LoadMem(asm.R2, state, octet(entryChecked), asm.DWord),
			asm.JNE.Reg(asm.R1, asm.R2, "read the clock"),
		},
		at("valid", code{asm.Mov.Imm(asm.R0, 0)}),
	)
	rest = join(
		at("read the clock", code{
			asm.FnKtimeGetBootNs.Call(),
			asm.JGE.Reg(asm.R0, until, expired),
			asm.Add.Imm(asm.R0, int32(exactFor)),
			asm.JGE.Reg(asm.R0, until, "valid"),
		}),
		found,
		code{
			asm.StoreMem(state, octet(entryChecked), asm.R1, asm.DWord),
			asm.Ja.Label("valid"),
		},
	)
	return c, rest
}
