package ebpf

import (
	"github.com/cilium/ebpf/asm"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/bpf"
)

// receiveCode returns the program that delivers the frames that the member in a slot receives. It
// runs at the ingress of the member's interface, after the sockets that take every protocol.
//
// Slow protocols go on their way, to the socket that speaks LACP. Everything else goes to the
// egress of the device's peer, so that it arrives at the device as if from a cable, or is
// dropped while the member does not collect. A member collects only if its interface index is in
// the slot, which may belong to another member by now.
//
// A frame that the host's own protocols would not take goes on its way as well, collecting or
// not: to the sockets of programs that use LLDP, 802.1X or PTP on the member.
func (m *maps) receiveCode(slot int) code {
	onTime, readClock := valid("not collecting")
	return join(
		m.start(),
		sortReceived(),
		wireLen(asm.R8),
		code{asm.StoreImm(asm.RFP, slotKey, int64(slot), asm.Word)},
		lookup(m.members.FD(), slotKey, "end"),
		count(memberRx),
		onTime,
		code{asm.LoadMem(half, state, octet(entryControl), asm.Word)},
		halfOf(half),
		code{
			asm.LoadMem(asm.R1, half, octetOfPlan(halfMembers+slot), asm.DWord),
			asm.LoadMem(asm.R2, frame, skbIfindex, asm.Word),
			asm.Mov.Reg32(asm.R3, asm.R1),
			asm.JNE.Reg(asm.R3, asm.R2, "not collecting"),
			asm.RSh.Imm(asm.R1, 32),
			asm.And.Imm(asm.R1, flagCollecting),
			asm.JEq.Imm(asm.R1, 0, "not collecting"),
			asm.LoadMem(asm.R1, state, octet(entryPeer), asm.DWord),
			asm.JNE.Imm(asm.R9, verdictDrop, "copy"),
			asm.Mov.Imm(asm.R2, 0),
			asm.FnRedirect.Call(),
			asm.Return(),
		},
		at("copy", code{
			asm.Mov.Reg(asm.R2, asm.R1),
			asm.Mov.Reg(asm.R1, frame),
			asm.Mov.Imm(asm.R3, 0),
			asm.FnCloneRedirect.Call(), // a copy that can't be made is lost like any frame
			asm.Ja.Label("end"),
		}),
		readClock,
		at("not collecting", lookup(m.members.FD(), slotKey, "end")),
		code{
			asm.LoadMem(asm.R1, asm.R0, memberNotCollecting, asm.DWord),
			asm.Add.Imm(asm.R1, 1),
			asm.StoreMem(asm.R0, memberNotCollecting, asm.R1, asm.DWord),
		},
		at("end", code{asm.Mov.Reg(asm.R0, asm.R9), asm.Return()}),
	)
}

// sortReceived gives R9 the verdict about the frame itself: to drop it, or to let it go on to
// sockets that want its EtherType. Slow protocols go to end at once.
func sortReceived() code {
	var host []int32
	for _, t := range bpf.HostTypes {
		host = append(host, networkOrder(uint16(t)))
	}
	return join(
		code{
			asm.Mov.Imm(asm.R9, verdictNext),
			asm.LoadMem(asm.R1, frame, skbProtocol, asm.Word),
			asm.JEq.Imm(asm.R1, networkOrder(link.EtherTypeSlow), "end"),
			asm.LoadMem(asm.R2, frame, skbVLANPresent, asm.Word),
			asm.JNE.Imm(asm.R2, 0, "the host's"),
		},
		jumpIf(asm.R1, "the host's", host...),
		code{asm.Ja.Label("sorted")},
		at("the host's", code{asm.Mov.Imm(asm.R9, verdictDrop)}),
		at("sorted", code{asm.Mov.Imm(asm.R0, 0)}),
	)
}
