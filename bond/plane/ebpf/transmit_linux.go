package ebpf

import (
	"time"

	"github.com/cilium/ebpf/asm"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// transmitCode returns the program that distributes the frames that the host sends on the
// device. It runs at the ingress of the device's peer. It depends on the plan's hash and
// spread, and on the pause after which a flow moves to the next plan. The error is a
// [*lacp.FieldError] if the plane has no such hash or spread.
func (m *maps) transmitCode(p *plane.Plan, pause time.Duration) (code, error) {
	c := join(
		code{
			asm.Mov.Reg(frame, asm.R1),
			asm.LoadMem(asm.R1, frame, skbProtocol, asm.Word),
			asm.JEq.Imm(asm.R1, networkOrder(link.EtherTypeSlow), "invalid"),
		},
		m.valid("expired", "drop"),
		m.findHalf("drop"),
		m.limit(),
	)
	drops := join(
		m.drop("no member", entryNoMember),
		m.drop("too long", entryTooLong),
		m.drop("invalid", entryInvalid),
		m.drop("expired", entryExpired),
		at("drop", ret(verdictDrop)),
	)
	switch p.Spread {
	case plane.SpreadFlows:
		function, err := hashCode(p.Hash, readsInPlace())
		if err != nil {
			return nil, err
		}
		number := code{asm.Mov.Reg(asm.R1, frame), asm.Call.Label(hashFunction)}
		return join(c, number, m.sendFlow(), drops, m.pick(), m.target(), m.account(), m.flowlet(pause), function), nil
	case plane.SpreadAtRandom:
		return join(c, code{asm.FnGetPrandomU32.Call()}, m.send(), drops, m.pick(), m.target(), m.account()), nil
	case plane.SpreadInTurn:
		return join(c, m.turn(), m.send(), drops, m.pick(), m.target(), m.account()), nil
	case plane.SpreadCopies:
		return join(c, m.copies(), drops, m.target(), m.account()), nil
	}
	return nil, &lacp.FieldError{Field: "Spread", Value: p.Spread.String(), Allowed: "flows, in turn, copies or at random"}
}

// valid goes to expired if the time is over until frames may pass.
func (m *maps) valid(expired, missing string) code {
	return join(
		m.lookupState(entryUntil, missing),
		code{
			asm.LoadMem(asm.R7, asm.R0, 0, asm.DWord),
			asm.JEq.Imm(asm.R7, 0, "valid"),
			asm.FnKtimeGetBootNs.Call(),
			asm.JGE.Reg(asm.R0, asm.R7, expired),
		},
		at("valid", code{asm.Mov.Imm(asm.R0, 0)}),
	)
}

// limit refuses frames that are too long: longer than an untagged frame may be, plus up to two
// tags. A large segment is cut later.
func (m *maps) limit() code {
	return join(
		m.lookupHalf(halfLimits, "drop"),
		code{
			asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
			asm.Mov.Reg(asm.R2, asm.R1),
			asm.RSh.Imm(asm.R2, 32),
			asm.StoreMem(asm.RFP, slotTurn, asm.R2, asm.DWord),
			asm.Mov.Reg32(asm.R8, asm.R1),
			asm.LoadMem(asm.R2, frame, skbLen, asm.Word),
			asm.JLE.Reg(asm.R2, asm.R8, "not too long"),
			asm.LoadMem(asm.R2, frame, skbGSOSize, asm.Word),
			asm.JNE.Imm(asm.R2, 0, "not too long"),
			asm.Mov.Imm(asm.R2, 12),
		},
		fetch(slotFetch, 8, "too long"),
		code{asm.LoadMem(asm.R1, asm.RFP, slotFetch, asm.Half), bigEndian(asm.R1, asm.Half)},
		jumpIf(asm.R1, "one tag", typeTag, typeOuterTag, typeOldTag),
		code{asm.Ja.Label("too long")},
		at("one tag", code{
			asm.Add.Imm(asm.R8, tagLen),
			asm.LoadMem(asm.R1, frame, skbVLANPresent, asm.Word),
			asm.JNE.Imm(asm.R1, 0, "tags counted"),
			asm.LoadMem(asm.R1, asm.RFP, slotFetch+4, asm.Half),
			bigEndian(asm.R1, asm.Half),
		}),
		jumpIf(asm.R1, "two tags", typeTag, typeOuterTag, typeOldTag),
		code{asm.Ja.Label("tags counted")},
		at("two tags", code{asm.Add.Imm(asm.R8, tagLen)}),
		at("tags counted", code{
			asm.LoadMem(asm.R2, frame, skbLen, asm.Word),
			asm.JGT.Reg(asm.R2, asm.R8, "too long"),
		}),
		at("not too long", code{asm.Mov.Imm(asm.R0, 0)}),
	)
}

// turn gives R0 the number of this frame's turn. Two CPUs that send at the same time may have
// the same.
func (m *maps) turn() code {
	return join(
		m.lookupState(entryTurn, "drop"),
		code{
			asm.Mov.Imm(asm.R1, 1),
			asm.AddAtomic.Mem(asm.R0, asm.R1, asm.DWord, 0),
			asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
			asm.Sub.Imm(asm.R1, 1),
			asm.LoadMem(asm.R2, asm.RFP, slotTurn, asm.DWord),
			asm.Div.Reg(asm.R1, asm.R2),
			asm.Mov.Reg(asm.R0, asm.R1),
		},
	)
}

// sendFlow sends the frame on the member that its hash, R0, picks: by the plan in use, or by
// the plan before as long as its flow has not moved.
func (m *maps) sendFlow() code {
	return join(
		code{
			asm.Mov.Reg(asm.R9, asm.R0),
			asm.Mov.Reg(asm.R1, asm.R0),
			asm.Call.Label(flowletFunction),
			asm.StoreMem(asm.RFP, slotBefore, asm.R0, asm.DWord),
			asm.Mov.Reg(asm.R0, asm.R9),
		},
		m.sendPicked(),
	)
}

// send sends the frame on the member that R0, a number, picks by the plan in use.
func (m *maps) send() code { return join(code{store(slotBefore, 0)}, m.sendPicked()) }

func (m *maps) sendPicked() code {
	pick := code{
		asm.Mov.Reg(asm.R1, asm.R9),
		asm.LoadMem(asm.R2, asm.RFP, slotBefore, asm.DWord),
		asm.Call.Label(pickFunction),
		asm.JNE.Imm(asm.R0, pickChanged, "picked"),
	}
	return join(
		code{asm.Mov.Reg(asm.R9, asm.R0)},
		pick, pick, pick, // the plan can't change three times that fast
		code{asm.Ja.Label("no member")},
		at("picked", code{
			asm.JEq.Imm(asm.R0, 0, "no member"),
			asm.Mov.Reg(asm.R9, asm.R0),
			asm.RSh.Imm(asm.R0, 48),
			asm.StoreMem(asm.RFP, slotKey, asm.R0, asm.Word),
		}),
		wireLen(asm.R8),
		lookup(m.buckets.FD(), slotKey, "drop"),
		code{
			asm.LoadMem(asm.R1, asm.R0, bucketOctets, asm.DWord),
			asm.Add.Reg(asm.R1, asm.R8),
			asm.StoreMem(asm.R0, bucketOctets, asm.R1, asm.DWord),
			asm.Mov.Reg(asm.R1, frame),
			asm.Mov.Reg(asm.R2, asm.R9),
			asm.RSh.Imm(asm.R2, 32),
			asm.And.Imm(asm.R2, 1<<slotBits-1),
			asm.Call.Label(accountFunction),
			asm.Mov.Reg32(asm.R1, asm.R9),
			asm.Mov.Imm(asm.R2, 0),
			asm.FnRedirect.Call(),
			asm.Return(),
		},
	)
}

// copies sends a copy on each member but the last, and the frame itself on that one.
func (m *maps) copies() (c code) {
	account := code{
		asm.Call.Label(targetFunction),
		asm.Mov.Reg(asm.R9, asm.R0),
		asm.JEq.Imm(asm.R9, 0, "drop"),
		asm.Mov.Reg(asm.R1, frame),
		asm.Mov.Reg(asm.R2, asm.R9),
		asm.RSh.Imm(asm.R2, 32),
		asm.Call.Label(accountFunction),
	}
	c = join(m.lookupHalf(halfSizes, "drop"), code{
		asm.LoadMem(asm.R8, asm.R0, 0, asm.DWord),
		asm.RSh.Imm(asm.R8, 32), // the number of members
		asm.JEq.Imm(asm.R8, 0, "no member"),
	})
	for i := range maxMembers - 1 {
		c = join(c,
			code{
				asm.JEq.Imm(asm.R8, int32(i+1), "last"),
				asm.Mov.Reg(asm.R1, half),
				asm.Mov.Imm(asm.R2, int32(i)),
			},
			account,
			code{
				asm.Mov.Reg(asm.R1, frame),
				asm.Mov.Reg32(asm.R2, asm.R9),
				asm.Mov.Imm(asm.R3, 0),
				asm.FnCloneRedirect.Call(), // a copy that can't be made is lost like any frame
			})
	}
	return join(c,
		at("last", code{
			asm.Mov.Reg(asm.R1, half),
			asm.Mov.Reg(asm.R2, asm.R8),
			asm.Sub.Imm(asm.R2, 1),
		}),
		account,
		code{
			asm.Mov.Reg32(asm.R1, asm.R9),
			asm.Mov.Imm(asm.R2, 0),
			asm.FnRedirect.Call(),
			asm.Return(),
		},
	)
}

// drop counts a frame in an entry of the state and drops it.
func (m *maps) drop(label string, entry int) code {
	return join(
		at(label, m.lookupState(entry, "drop")),
		code{asm.Mov.Imm(asm.R1, 1), asm.AddAtomic.Mem(asm.R0, asm.R1, asm.DWord, 0)},
		ret(verdictDrop),
	)
}
