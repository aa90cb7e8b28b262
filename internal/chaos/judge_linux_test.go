package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// newTestJudge returns a judge whose bed is only a model, two cables and a ledger.
func newTestJudge() *judge {
	b := &bed{model: newModel(2), ledger: &ledger{start: time.Now()}, every: 20 * time.Millisecond, partner: &lagkit{}}
	b.lacpd.Store(&process{done: make(chan struct{})})
	b.cables = []*cable{{bed: b, i: 0}, {bed: b, i: 1}}
	return &judge{bed: b, slack: noSlack}
}

// report sets the status: which of p0 and p1 carry data.
func (j *judge) report(carries ...bool) {
	j.status = status{Up: carries[0] || carries[1], Members: []memberStatus{{Name: "p0", CarriesData: carries[0]}, {Name: "p1", CarriesData: carries[1]}}}
	j.asked = time.Now()
}

// passFrames records that a member sent a frame of each flow in each direction, and that it
// was received.
func (j *judge) passFrames(member int) {
	for dir := range 2 {
		for i := range flows {
			id := frameID{dir, i, j.bed.ledger.sent(dir, i, time.Now())}
			j.bed.ledger.handed(id, time.Now())
			j.bed.ledger.seen(id, member, time.Now())
			j.bed.ledger.got(id, time.Now())
		}
	}
}

func TestJudgeFindsWhatIsBroken(t *testing.T) {
	for _, tt := range []struct {
		what string
		do   func(j *judge)
		want string // empty: nothing is broken
	}{
		{"all is well", func(j *judge) { j.passFrames(0); j.report(true, true) }, ""},
		{"a member that carries nothing", func(j *judge) { j.passFrames(0); j.report(true, false) }, "carries_data false of p1, want true"},
		{"a fault that is not known yet", func(j *judge) {
			j.bed.model.breaks(1, "pulled", soon)
			j.passFrames(0)
			j.report(true, true)
		}, ""},
		{"a fault that should be known", func(j *judge) {
			j.bed.model.breaks(1, "pulled", soon)
			time.Sleep(soon + time.Millisecond)
			j.passFrames(0)
			j.report(true, true)
		}, "carries_data true of p1, want false"},
		{"up, and nothing passes", func(j *judge) {
			j.passFrames(0)
			time.Sleep(deadAfter + time.Millisecond)
			j.report(true, true)
		}, "nothing received for"},
		{"up, and nothing passes, but the machine stood still", func(j *judge) {
			j.passFrames(0)
			time.Sleep(deadAfter + time.Millisecond)
			j.slack = func(time.Time) time.Duration { return time.Second }
			j.report(true, true)
		}, ""},
		{"a flow that has just left a silent member", func(j *judge) {
			j.passFrames(0)
			j.bed.model.breaks(0, "silent", deadAfter+soon)
			time.Sleep(deadAfter + time.Millisecond)
			j.sendUnheard(1)
			j.report(true, true)
		}, ""},
		{"a flow that stays on a member that passes nothing, beside a silent one", func(j *judge) {
			j.passFrames(1)
			j.bed.model.breaks(0, "silent", 2*deadAfter)
			for range 2 {
				time.Sleep(deadAfter/2 + time.Millisecond)
				j.sendUnheard(1)
			}
			j.report(true, true)
		}, "nothing received for"},
		{"a frame twice", func(j *judge) {
			j.passFrames(0)
			j.bed.ledger.got(frameID{inward, 0, 1}, time.Now())
			j.report(true, true)
		}, "was received 2 times"},
		{"a frame twice, by the host's own stack", func(j *judge) {
			j.bed.model.exposes()
			j.passFrames(0)
			j.bed.ledger.got(frameID{inward, 0, 1}, time.Now())
			j.report(true, true)
		}, ""},
		{"out of order on one member", func(j *judge) { j.overtake(0, 0); j.report(true, true) }, "was received after frame"},
		{"out of order over two members", func(j *judge) { j.overtake(0, 1); j.report(true, true) }, "was received after frame"},
		{"out of order over two members, one of them lost", func(j *judge) {
			j.bed.model.breaks(0, "pulled", soon)
			j.overtake(0, 1)
			j.report(true, true)
		}, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			j := newTestJudge()
			time.Sleep(time.Millisecond)
			tt.do(j)
			err := j.now(time.Now())
			switch {
			case err == nil && tt.want == "":
			case err == nil || tt.want == "" || !strings.Contains(err.Error(), tt.want):
				t.Errorf("%s: now() = %v, want %q", tt.what, err, tt.want)
			}
		})
	}
}

// sendUnheard records that a member sent a frame of each flow, and that none was received.
func (j *judge) sendUnheard(member int) {
	for dir := range 2 {
		for i := range flows {
			id := frameID{dir, i, j.bed.ledger.sent(dir, i, time.Now())}
			j.bed.ledger.handed(id, time.Now())
			j.bed.ledger.seen(id, member, time.Now())
		}
	}
}

// overtake records that the second of two frames of a flow was received first.
func (j *judge) overtake(first, second int) {
	j.passFrames(first)
	var ids [2]frameID
	for n, member := range []int{first, second} {
		time.Sleep(j.bed.every)
		ids[n] = frameID{outward, 0, j.bed.ledger.sent(outward, 0, time.Now())}
		j.bed.ledger.handed(ids[n], time.Now())
		j.bed.ledger.seen(ids[n], member, time.Now())
	}
	j.bed.ledger.got(ids[1], time.Now())
	j.bed.ledger.got(ids[0], time.Now())
}

func TestJudgeFindsAStatusThatSaysDownWhileFramesPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newTestJudge()
		j.bed.model.all(time.Hour, func() {}) // nothing is known
		var err error
		start := time.Now()
		for err == nil && time.Since(start) < time.Minute {
			j.passFrames(0)
			j.report(false, false)
			err = j.now(time.Now())
			time.Sleep(judgeEvery)
		}
		if after := time.Since(start); err == nil || !strings.Contains(err.Error(), "reports down") || after < soon || after > soon+time.Second {
			t.Errorf("after %v: %v, want that status reports down, after a second", after, err)
		}
	})
}
