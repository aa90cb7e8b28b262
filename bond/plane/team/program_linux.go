package team

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// program is a classic BPF program under construction. Its jumps go to labels, only forward.
type program struct {
	code  []bpf.Instruction
	marks map[string]int // where a label is
	jumps map[int]string // the label that a jump goes to
}

func newProgram() *program {
	return &program{marks: make(map[string]int), jumps: make(map[int]string)}
}

// add appends instructions.
func (p *program) add(code ...bpf.Instruction) { p.code = append(p.code, code...) }

// at puts a label before the next instruction.
func (p *program) at(label string) { p.marks[label] = len(p.code) }

// jump goes on at a label.
func (p *program) jump(label string) {
	p.jumps[len(p.code)] = label
	p.add(bpf.Jump{})
}

// jumpIf goes on at a label if the comparison of A with a value holds. The conditional jump
// itself reaches only 255 instructions, so it passes over one that has no limit.
func (p *program) jumpIf(test bpf.JumpTest, value uint32, label string) {
	p.add(bpf.JumpIf{Cond: test, Val: value, SkipFalse: 1})
	p.jump(label)
}

// jumpIfOne goes on at a label if A is one of the values.
func (p *program) jumpIfOne(label string, values ...uint32) {
	for _, v := range values {
		p.jumpIf(bpf.JumpEqual, v, label)
	}
}

// need goes on at a label unless the frame has n octets from [slotOffset] on. X is the offset
// afterwards, and A is lost.
func (p *program) need(n uint32, otherwise string) {
	p.add(
		bpf.LoadScratch{Dst: bpf.RegA, N: slotOffset},
		bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: n},
		bpf.TAX{},
		bpf.LoadExtension{Num: bpf.ExtLen},
		bpf.JumpIfX{Cond: bpf.JumpGreaterOrEqual, SkipTrue: 1},
	)
	p.jump(otherwise)
	p.add(bpf.LoadScratch{Dst: bpf.RegX, N: slotOffset})
}

// skip adds n to the offset.
func (p *program) skip(n uint32) {
	p.add(
		bpf.LoadScratch{Dst: bpf.RegA, N: slotOffset},
		bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: n},
		bpf.StoreScratch{Src: bpf.RegA, N: slotOffset},
	)
}

// mix combines A with a slot by an operation. A is the result, and X the slot.
func (p *program) mix(op bpf.ALUOp, slot int) {
	p.add(bpf.LoadScratch{Dst: bpf.RegX, N: slot}, bpf.ALUOpX{Op: op})
}

// link sets the distances of the jumps.
func (p *program) link() []bpf.Instruction {
	for from, label := range p.jumps {
		p.code[from] = bpf.Jump{Skip: uint32(p.marks[label] - from - 1)}
	}
	return p.code
}

// filter returns a program as the kernel takes it.
func filter(code []bpf.Instruction) ([]unix.SockFilter, error) {
	raw, err := bpf.Assemble(code)
	if err != nil {
		return nil, err
	}
	list := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		list[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return list, nil
}
