package ebpf

import (
	"github.com/cilium/ebpf/asm"

	"github.com/lagkit/lagkit/bond/link"
)

// receiveCode returns the program that delivers the frames that the member in a slot receives. It
// runs at the ingress of the member's interface, after the sockets that take every protocol.
//
// Slow protocols go on their way, to the socket that speaks LACP. Everything else goes to the
// egress of the device's peer, so that it arrives at the device as if from a cable, or is
// dropped while the member does not collect. A member collects only if its interface index is in
// the slot, which may belong to another member by now.
func (m *maps) receiveCode(slot int) code {
	return join(
		code{
			asm.Mov.Reg(frame, asm.R1),
			asm.LoadMem(asm.R1, frame, skbProtocol, asm.Word),
			asm.JEq.Imm(asm.R1, networkOrder(link.EtherTypeSlow), "slow protocols"),
		},
		wireLen(asm.R8),
		code{asm.Mov.Imm(asm.R1, int32(slot))},
		lookupEntry(m.members.FD(), "drop"),
		count(memberRx),
		m.valid("not collecting", "drop"),
		m.findHalf("drop"),
		m.lookupHalf(halfMembers+slot, "drop"),
		code{
			asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
			asm.LoadMem(asm.R2, frame, skbIfindex, asm.Word),
			asm.Mov.Reg32(asm.R3, asm.R1),
			asm.JNE.Reg(asm.R3, asm.R2, "not collecting"),
			asm.RSh.Imm(asm.R1, 32),
			asm.And.Imm(asm.R1, flagCollecting),
			asm.JEq.Imm(asm.R1, 0, "not collecting"),
		},
		m.lookupState(entryPeer, "drop"),
		code{
			asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
			asm.Mov.Imm(asm.R2, 0),
			asm.FnRedirect.Call(),
			asm.Return(),
		},
		at("not collecting", code{asm.Mov.Imm(asm.R1, int32(slot))}),
		lookupEntry(m.members.FD(), "drop"),
		code{
			asm.LoadMem(asm.R1, asm.R0, memberNotCollecting, asm.DWord),
			asm.Add.Imm(asm.R1, 1),
			asm.StoreMem(asm.R0, memberNotCollecting, asm.R1, asm.DWord),
		},
		at("drop", ret(verdictDrop)),
		at("slow protocols", ret(verdictNext)),
	)
}
