package chassis_test

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

// While all others grant, the active chassis asks the store once in the hold time. It asks again as soon
// as a heartbeat finds that a grant is missing, and then several times in the hold time.
func TestReadsWhileTheOthersGrant(t *testing.T) {
	n, v := activeB(t, nil)
	reads := 0
	run := func(from, to time.Duration, granting ...chassis.ID) {
		for now := from; now < to; now += time.Millisecond {
			sent := len(n.sent)
			n.do(now, func(at time.Duration) { n.Advance(at) })
			for _, m := range n.sent[sent:] {
				for _, id := range granting {
					if m.Asks && m.To == id {
						n.hears(now, id, 2, func(g *chassis.Message) { g.GrantBoot, g.GrantSeq = m.Boot, m.Seq })
					}
				}
			}
			for n.has(chassis.OpRead) {
				reads++
				n.serve(now, v, chassis.OpRead)
			}
			if !n.passes(now) {
				t.Fatalf("at %v: no permission", now)
			}
		}
	}
	const holds = 20
	start := time.Second + hold
	run(time.Second, start, "A", "C")
	reads = 0
	run(start, start+holds*hold, "A", "C")
	if reads < holds || reads > holds+2 {
		t.Errorf("%d reads in %d hold times with all grants, want about one in each", reads, holds)
	}
	reads = 0
	missing := start + holds*hold
	run(missing, missing+hold/2, "A") // two heartbeats and more: one that C does not grant, one that finds that
	if reads == 0 {
		t.Errorf("no read within half the hold time after the grants of C ended")
	}
	reads = 0
	run(missing+hold/2, missing+hold/2+holds*hold, "A")
	if reads < 4*holds-1 {
		t.Errorf("%d reads in %d hold times without C's grants, want 4 in each", reads, holds)
	}
}

// An answer is a heartbeat: a chassis that is asked sends no other, and goes on by itself as soon as it
// is not asked any more.
func TestAnswersAreHeartbeats(t *testing.T) {
	const beat = hold / 5
	v := &chassis.View{Revision: 5, Active: "A", Holder: 1, Epoch: 5, Members: members(t)}
	n := machine(t, v, nil)
	step := func(from, to time.Duration, asked bool) (own, answers int, gap time.Duration) {
		last := from
		for now := from; now < to; now += time.Millisecond {
			sent := len(n.sent)
			if asked && (now-from)%beat == 0 {
				n.hears(now, "A", 2, func(g *chassis.Message) { g.Asks = true })
			}
			n.do(now, func(at time.Duration) { n.Advance(at) })
			for n.has(chassis.OpRead) {
				n.serve(now, v, chassis.OpRead)
			}
			for _, m := range n.sent[sent:] {
				if m.To != "A" {
					continue
				}
				if m.GrantSeq != 0 {
					answers++
				} else {
					own++
				}
				gap, last = max(gap, now-last), now
			}
		}
		return own, answers, gap
	}
	step(time.Second, time.Second+2*beat, true)
	start := time.Second + 2*beat
	if own, answers, _ := step(start, start+20*beat, true); own != 0 || answers != 20 {
		t.Errorf("asked 20 times: %d heartbeats beside %d answers, want 0 and 20", own, answers)
	}
	start += 20 * beat
	if own, _, gap := step(start, start+beat, false); own != 1 || gap > beat/2 {
		t.Errorf("not asked any more: %d heartbeats, the first after %v; want 1, a little later than %v after the last answer", own, gap, beat)
	}
}

// While the store answers nothing, as during an election of its own, a chassis that wants to take over
// asks each quarter of the hold time what became of its intent: it goes on as soon as there is an answer.
func TestReadsAfterAnUnansweredIntent(t *testing.T) {
	v := &chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t)}
	n := machine(t, v, nil)
	now := n.until(time.Second, v, chassis.OpIntent)
	n.take(chassis.OpIntent) // is lost
	for range 8 {
		sent := now
		for !n.has(chassis.OpRead) {
			now = n.Deadline() + 1
			n.do(now, func(at time.Duration) { n.Advance(at) })
		}
		if took := now - sent; took > hold/4+time.Millisecond {
			t.Errorf("a read %v after the last transaction, want at most a quarter of the hold time, %v", took, hold/4)
		}
		n.take(chassis.OpRead) // is lost too
	}
	now = n.until(now, v, chassis.OpRead)
	n.serve(now, v, chassis.OpRead)
	if !n.has(chassis.OpIntent) {
		t.Errorf("after the first answer: transactions %+v, want the intent at once", n.ops)
	}
}
