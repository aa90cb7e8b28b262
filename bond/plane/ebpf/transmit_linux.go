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
// spread, on whether octets of buckets are counted, and on the pause after which a flow moves to the
// next plan. The error is a [*lacp.FieldError] if the plane has no such hash or spread.
//
// The program begins with what most frames do, in one piece, which takes few lines of the
// processor's cache.
func (m *maps) transmitCode(p *plane.Plan, pause time.Duration) (code, error) {
	onTime, readClock := valid("expired")
	fits, measure := limit()
	c := join(
		m.start(),
		code{
			asm.LoadMem(asm.R1, frame, skbProtocol, asm.Word),
			asm.JEq.Imm(asm.R1, networkOrder(link.EtherTypeSlow), "invalid"),
		},
		onTime,
	)
	rest := join(
		readClock, measure,
		m.drop("no member", entryNoMember),
		m.drop("too long", entryTooLong),
		m.drop("invalid", entryInvalid),
		m.drop("expired", entryExpired),
	)
	switch p.Spread {
	case plane.SpreadFlows:
		number, hashes, err := hashCode(p.Hash, readsInPlace())
		if err != nil {
			return nil, err
		}
		// The number comes before the plan: without CAP_PERFMON the verifier goes through what follows
		// once more for each address that is computed.
		member, more := pick(true, "no member")
		return join(c, number, keep, findPlan, fits, member, m.send(p), rest, more, hashes, m.flowlet(pause), m.before()), nil
	case plane.SpreadAtRandom, plane.SpreadInTurn:
		number := code{asm.FnGetPrandomU32.Call()}
		if p.Spread == plane.SpreadInTurn {
			number = turn
		}
		member, more := pick(false, "no member")
		return join(c, findPlan, fits, number, keep, member, m.send(p), rest, more), nil
	case plane.SpreadCopies:
		return join(c, findPlan, fits, m.copies(), rest, at("drop", ret(verdictDrop)), m.account()), nil
	}
	return nil, &lacp.FieldError{Field: "Spread", Value: p.Spread.String(), Allowed: "flows, in turn, copies or at random"}
}

// limit refuses frames that are too long: longer than an untagged frame may be, plus up to two
// tags. A large segment is cut later. rest is what limit seldom does. It changes R0 to R5.
func limit() (c, rest code) {
	longest := func(r asm.Register) code {
		return code{asm.LoadMem(r, half, octetOfPlan(halfLimits), asm.DWord), asm.Mov.Reg32(r, r)}
	}
	c = join(
		longest(asm.R1),
		code{
			asm.LoadMem(asm.R2, frame, skbLen, asm.Word),
			asm.JGT.Reg(asm.R2, asm.R1, "long"),
		},
		at("not too long", code{asm.Mov.Imm(asm.R0, 0)}),
	)
	rest = join(
		at("long", code{
			asm.LoadMem(asm.R2, frame, skbGSOSize, asm.Word),
			asm.JNE.Imm(asm.R2, 0, "not too long"),
			asm.Mov.Imm(asm.R2, 12),
		}),
		fetch(slotFetch, 8, "too long"),
		code{asm.LoadMem(asm.R1, asm.RFP, slotFetch, asm.Half), bigEndian(asm.R1, asm.Half)},
		jumpIf(asm.R1, "one tag", typeTag, typeOuterTag, typeOldTag),
		code{asm.Ja.Label("too long")},
		at("one tag", longest(asm.R3)),
		code{
			asm.Add.Imm(asm.R3, tagLen),
			asm.LoadMem(asm.R1, frame, skbVLANPresent, asm.Word),
			asm.JNE.Imm(asm.R1, 0, "tags counted"),
			asm.LoadMem(asm.R1, asm.RFP, slotFetch+4, asm.Half),
			bigEndian(asm.R1, asm.Half),
		},
		jumpIf(asm.R1, "two tags", typeTag, typeOuterTag, typeOldTag),
		code{asm.Ja.Label("tags counted")},
		at("two tags", code{asm.Add.Imm(asm.R3, tagLen)}),
		at("tags counted", code{
			asm.LoadMem(asm.R2, frame, skbLen, asm.Word),
			asm.JLE.Reg(asm.R2, asm.R3, "not too long"),
			asm.Ja.Label("too long"),
		}),
	)
	return c, rest
}

// turn gives R0 the number of this frame's turn. Two CPUs that send at the same time may have
// the same.
var turn = code{
	asm.Mov.Reg(asm.R0, state),
	asm.Add.Imm(asm.R0, int32(octet(entryTurn))),
	asm.Mov.Imm(asm.R1, 1),
	asm.AddAtomic.Mem(asm.R0, asm.R1, asm.DWord, 0),
	asm.LoadMem(asm.R0, asm.R0, 0, asm.DWord),
	asm.Sub.Imm(asm.R0, 1),
	asm.LoadMem(asm.R1, half, octetOfPlan(halfLimits), asm.DWord),
	asm.RSh.Imm(asm.R1, 32),
	asm.Div.Reg(asm.R0, asm.R1),
}

// send sends the frame on the member that pick has picked, and counts it.
func (m *maps) send(p *plane.Plan) code {
	const index = asm.R9
	c := join(
		code{
			asm.Mov.Reg(index, asm.R1),
			asm.StoreMem(asm.RFP, slotKey, asm.R4, asm.Word),
			asm.StoreMem(asm.RFP, slotBucket, asm.R3, asm.Word),
		},
		wireLen(asm.R8),
		lookup(m.members.FD(), slotKey, "counted"),
		count(memberTx),
	)
	if counts(p) {
		c = join(c, lookup(m.buckets.FD(), slotBucket, "counted"), code{
			asm.LoadMem(asm.R1, asm.R0, bucketOctets, asm.DWord),
			asm.Add.Reg(asm.R1, asm.R8),
			asm.StoreMem(asm.R0, bucketOctets, asm.R1, asm.DWord),
		})
	}
	return join(c, at("counted", code{
		asm.Mov.Reg(asm.R1, index),
		asm.Mov.Imm(asm.R2, 0),
		asm.FnRedirect.Call(),
		asm.Return(),
	}))
}

// copies sends a copy on each member but the last, and the frame itself on that one.
func (m *maps) copies() (c code) {
	const members, index = asm.R7, asm.R9
	// Each member is in the table once, from its beginning on.
	target := func(i int) code {
		return join(
			code{asm.Mov.Imm(asm.R3, int32(i))},
			slotOf(half), memberOf(half),
			code{
				asm.Mov.Reg32(index, asm.R1),
				asm.JEq.Imm(index, 0, "drop"),
				asm.Mov.Reg(asm.R1, frame),
				asm.Mov.Reg(asm.R2, asm.R4),
				asm.Call.Label(accountFunction),
			},
		)
	}
	c = code{
		asm.LoadMem(members, half, octetOfPlan(halfSizes), asm.DWord), // the state is not needed any more
		asm.RSh.Imm(members, 32),
		asm.JEq.Imm(members, 0, "no member"),
	}
	for i := range maxMembers {
		c = join(c, target(i), code{
			asm.JEq.Imm(members, int32(i+1), "last"),
			asm.Mov.Reg(asm.R1, frame),
			asm.Mov.Reg32(asm.R2, index),
			asm.Mov.Imm(asm.R3, 0),
			asm.FnCloneRedirect.Call(), // a copy that can't be made is lost like any frame
		})
	}
	return join(c,
		at("last", code{
			asm.Mov.Reg(asm.R1, index),
			asm.Mov.Imm(asm.R2, 0),
			asm.FnRedirect.Call(),
			asm.Return(),
		}),
	)
}

// drop counts a frame in an entry of the state and drops it.
func (m *maps) drop(label string, entry int) code {
	return join(
		at(label, code{
			m.address(asm.R1, entry),
			asm.Mov.Imm(asm.R2, 1),
			asm.AddAtomic.Mem(asm.R1, asm.R2, asm.DWord, 0),
		}),
		ret(verdictDrop),
	)
}
