package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// judge compares lacpd's status and the fate of frames with what must hold.
type judge struct {
	bed   *bed
	slack func(since time.Time) time.Duration // how late the machine is

	mu     sync.Mutex
	status status
	raw    string
	asked  time.Time // when status was last read; zero: never
	failed error     // why the last read failed
	lying  time.Time // since when frames pass while status reports down; zero: they do not
	judged struct{ times, known, members int }
}

// The periods of the judge, and how long without a frame makes a flow count as
// interrupted.
const (
	askEvery   = 100 * time.Millisecond
	judgeEvery = 50 * time.Millisecond
	deadAfter  = 700 * time.Millisecond
	aliveFor   = 300 * time.Millisecond
)

// violation reports a broken invariant.
type violation struct {
	at   time.Time
	what string
}

func (v *violation) Error() string { return v.what }

func (j *judge) violated(format string, args ...any) error {
	return &violation{time.Now(), fmt.Sprintf(format, args...)}
}

// ask reads the status until ctx is done.
func (j *judge) ask(ctx context.Context) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := time.Now()
		s, raw, err := ask(j.bed.path("lacpd.sock"))
		j.mu.Lock()
		if j.failed = err; err == nil {
			j.status, j.raw, j.asked = s, raw, asked
		}
		j.mu.Unlock()
	}
}

// watch judges until ctx is done or an invariant is broken.
func (j *judge) watch(ctx context.Context) error {
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if err := j.now(now); err != nil {
				return err
			}
		}
	}
}

// now judges the present state.
func (j *judge) now(now time.Time) error {
	e := j.bed.model.expect(now, j.slack)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.judged.times++
	if e.all {
		j.judged.known++
	}
	for _, known := range e.known {
		if known {
			j.judged.members++
		}
	}
	for _, check := range []func(time.Time, *expectation) error{j.answers, j.members, j.upAndDown, j.flows, j.frames} {
		if err := check(now, &e); err != nil {
			return err
		}
	}
	return nil
}

// answers: a lacpd that can answer does so.
func (j *judge) answers(now time.Time, e *expectation) error {
	if e.all && now.Sub(j.asked) > askTimeout+j.slack(j.asked) {
		return j.violated("lacpd has not reported its status since %v: %v", now.Sub(j.asked), j.failed)
	}
	if p := j.bed.lacpd.Load(); !e.frozen && e.all && p.ended() {
		return j.violated("lacpd has ended: %v", p.err)
	}
	return nil
}

// fresh reports whether the status is recent.
func (j *judge) fresh(now time.Time) bool { return now.Sub(j.asked) < askEvery+judgeEvery }

// members: status reports for each member whether it is used.
func (j *judge) members(now time.Time, _ *expectation) error {
	// The state expected when the status was read.
	e := j.bed.model.expect(j.asked, j.slack)
	if e.frozen || !j.fresh(now) {
		return nil
	}
	for i, known := range e.known {
		name := j.bed.cables[i].ours()
		if !known || e.minLinks > 1 && !e.all { // its use depends on the other members
			continue
		}
		if got, want := j.status.carries(name), e.carries[i]; got != want {
			return j.violated("status reports carries_data %v of %s, want %v", got, name, want)
		}
	}
	if e.all && j.status.Up != e.up {
		return j.violated("status reports up %v, want %v", j.status.Up, e.up)
	}
	return nil
}

// upAndDown: frames do not pass for long while status reports down.
func (j *judge) upAndDown(now time.Time, e *expectation) error {
	if e.frozen || !j.fresh(now) || j.status.Up || !j.pass(now) {
		j.lying = time.Time{}
		return nil
	}
	if j.lying.IsZero() {
		j.lying = now
	}
	if lies := now.Sub(j.lying); lies > soon+j.slack(j.lying) {
		return j.violated("status reports down, and frames have passed both ways for %v", lies)
	}
	return nil
}

// pass reports whether a flow passes each way.
func (j *judge) pass(now time.Time) bool {
	var ways [2]bool
	for d, list := range j.bed.ledger.sightings() {
		for _, s := range list {
			ways[d] = ways[d] || now.Sub(s.received) < aliveFor
		}
	}
	return ways[0] && ways[1]
}

// flows: no flow is interrupted for longer than the bounds of the actions on its member.
func (j *judge) flows(now time.Time, e *expectation) error {
	if e.frozen {
		return nil
	}
	if e.all && !e.up && j.pass(now) && now.Sub(j.asked) < aliveFor {
		return j.violated("frames pass both ways over a bond that can't carry any")
	}
	for d, list := range j.bed.ledger.sightings() {
		for i, s := range list {
			gap := now.Sub(s.received)
			if gap < deadAfter+j.slack(s.received) {
				continue
			}
			used := now.Sub(s.seenAt) < aliveFor
			switch {
			case e.all && e.up:
			case e.known[s.member] && used && now.Sub(s.since) >= deadAfter && e.anyCarries():
				// Its sender uses a member whose state is fully known, and has for long enough: a
				// flow that has just moved away from a silent member may pass only now.
			default:
				continue
			}
			if now.Sub(e.changed) < deadAfter { // it may start to pass only now
				continue
			}
			return j.violated("flow %d of %s: nothing received for %v; sent on member %d %v ago", i, directions[d], gap, s.member, now.Sub(s.seenAt))
		}
	}
	return nil
}

func (e *expectation) anyCarries() bool {
	for i := range e.carries {
		if e.known[i] && e.carries[i] {
			return true
		}
	}
	return false
}

// frames: none arrives twice or out of order without a cause.
func (j *judge) frames(now time.Time, e *expectation) error {
	for _, d := range j.bed.ledger.takeDoubts() {
		f := j.bed.ledger.lookUp(d.dir, d.flow, d.seq)
		if d.twice {
			if d.dir == inward && e.exposed {
				continue
			}
			return j.violated("frame %d of flow %d, %s, was received %d times; member %d", d.seq, d.flow, directions[d.dir], f.times, int(f.member)-1)
		}
		after := j.bed.ledger.lookUp(d.dir, d.flow, d.after)
		switch {
		case d.dir == inward && e.exposed: // it came through the host's own stack
		case f.member == 0 || after.member == 0: // not seen on any cable yet
		case f.handed == 0 || after.handed-f.handed < j.bed.every/2: // the host reordered them
		case f.member != after.member && !j.ordered(&d, &f):
		default:
			return j.violated("frame %d of flow %d, %s, was received after frame %d: by members %d and %d, sent %v and %v after the start, received %v after it",
				d.seq, d.flow, directions[d.dir], d.after, int(f.member)-1, int(after.member)-1, f.sent, after.sent, d.at.Sub(j.bed.ledger.start))
		}
	}
	return nil
}

// ordered reports whether a flow that moved from one member to another has to be in order. It
// has to if the bond was left alone for a while and the sender keeps flows that it moves in
// order and has enough time for that.
func (j *judge) ordered(d *doubt, f *frame) bool {
	if d.dir == inward && !j.bed.partner.keepsOrder() {
		return false
	}
	sent := j.bed.ledger.start.Add(f.sent)
	e := j.bed.model.expect(sent, j.slack)
	return e.all && j.slack(sent) < flushTimeout
}

// flushTimeout is how long lacpd waits until the old path of a flow is empty.
const flushTimeout = 20 * time.Millisecond

func (j *judge) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var s strings.Builder
	fmt.Fprintf(&s, "status, asked for %v ago (then: %v): %s\n", time.Since(j.asked).Round(time.Millisecond), j.failed, j.raw)
	now := time.Now()
	for d, list := range j.bed.ledger.sightings() {
		fmt.Fprintf(&s, "%s: received, sent on member:", directions[d])
		for _, f := range list {
			fmt.Fprintf(&s, " %v,%d(%v)", now.Sub(f.received).Round(time.Millisecond), f.member, now.Sub(f.seenAt).Round(time.Millisecond))
		}
		s.WriteByte('\n')
	}
	return s.String()
}
