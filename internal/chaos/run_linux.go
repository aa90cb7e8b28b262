package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// result holds the outcome of a run.
type result struct {
	steps    int
	sent     [2]int
	received [2]int
	late     time.Duration // how late the machine was at worst
	recovery time.Duration // from the last step until everything is up
	known    [2]float64    // fractions of the time: when all was known, and when each member was
}

func (r *result) String() string {
	return fmt.Sprintf("%d steps; %d of %d frames received from us, %d of %d from the partner; all up %v after the end; all known %.0f %% of the time, a member %.0f %%; the machine was late by up to %v",
		r.steps, r.received[outward], r.sent[outward], r.received[inward], r.sent[inward],
		r.recovery.Round(time.Millisecond), 100*r.known[0], 100*r.known[1], r.late.Round(time.Millisecond))
}

// lateSteps is how often the effect under test waits for a processor until it shows: a timer,
// a frame on its way through both ends, the answer.
const lateSteps = 4

// run carries out the plan of a seed. If an invariant is broken it returns a violation. It
// writes the report to out.
// invariant is broken; the report goes to out.
func run(ctx context.Context, s settings, out io.Writer) (r result, err error) {
	begin := time.Now()
	lateness, stop := netlab.WatchLateness()
	defer stop()
	defer func() { r.late = lateness.Since(begin) }()
	b, err := newBed(s)
	if b != nil {
		defer b.remove()
	}
	if err != nil {
		return r, err
	}
	before, err := b.dump(b.near, b.config.ports)
	if err != nil {
		return r, err
	}
	j := &judge{bed: b, slack: func(since time.Time) time.Duration { return lateSteps * lateness.Since(since) }}
	p := &progress{out: out, verbose: s.verbose, start: time.Now()}
	defer func() {
		if err != nil && ctx.Err() == nil {
			p.report(s, b, j, err)
			b.keep = s.keep
		}
	}()
	b.model.all(2*back, func() {})
	if err = b.start(); err != nil {
		return r, err
	}
	err = b.underTraffic(ctx, func(ctx context.Context) error {
		return b.chaos(ctx, s, j, p, &r)
	})
	for d, c := range b.ledger.counts {
		r.sent[d], r.received[d] = c.sent, c.received
	}
	if n := float64(j.judged.times); n > 0 {
		r.known = [2]float64{float64(j.judged.known) / n, float64(j.judged.members) / n / float64(s.members)}
	}
	if err == nil {
		err = b.endAndCompare(before)
	}
	return r, err
}

// underTraffic runs fn while numbered frames go both ways.
func (b *bed) underTraffic(ctx context.Context, fn func(context.Context) error) error {
	ours, err1 := newTraffic(b.near, b.ledger, outward, b.every, theirIP)
	theirs, err2 := newTraffic(b.far, b.ledger, inward, b.every, ourIP)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { ours.run(ctx) })
	all.Go(func() { theirs.run(ctx) })
	defer all.Wait()
	defer cancel()
	return fn(ctx)
}

// chaos carries out the plan while the judge watches, and waits until everything is up again.
func (b *bed) chaos(ctx context.Context, s settings, j *judge, p *progress, r *result) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() { j.ask(ctx) })
	if err := j.settled(ctx, 2*back); err != nil {
		return fmt.Errorf("before the chaos: %w", err)
	}
	broken := make(chan error, 1)
	all.Go(func() { broken <- j.watch(ctx) })
	p.start = time.Now()
	for _, step := range makePlan(s) {
		select {
		case <-time.After(time.Until(p.start.Add(step.at))):
		case err := <-broken:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
		p.begin(&step)
		p.end(step.run(b))
		r.steps++
	}
	end := time.Now()
	if err := j.settled(ctx, back); err != nil {
		return fmt.Errorf("after the chaos: %w", err)
	}
	r.recovery = time.Since(end)
	// It must stay so.
	select {
	case err := <-broken:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * time.Second):
		return nil
	}
}

// settled waits until all members are used and all flows pass.
func (j *judge) settled(ctx context.Context, limit time.Duration) error {
	for start := time.Now(); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(judgeEvery):
		}
		if j.allUp(time.Now()) {
			return nil
		}
		if since := time.Since(start); since > limit+j.slack(start) {
			return j.violated("not all is up within %v", since)
		}
	}
}

func (j *judge) allUp(now time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.fresh(now) || !j.status.Up {
		return false
	}
	for _, c := range j.bed.cables {
		if !j.status.carries(c.ours()) {
			return false
		}
	}
	for _, list := range j.bed.ledger.sightings() {
		for _, s := range list {
			if now.Sub(s.received) > aliveFor {
				return false
			}
		}
	}
	return true
}

// endAndCompare stops both ends within their limits, and checks that nothing remains.
func (b *bed) endAndCompare(before []string) error {
	if err := b.lacpd.Load().end(endWithin); err != nil {
		return fmt.Errorf("end of lacpd: %w", err)
	}
	if err := b.partner.stop(); err != nil {
		return fmt.Errorf("end of the partner: %w", err)
	}
	for _, c := range b.cables {
		// Settings that the chaos itself made are restored with the rest.
		_ = b.near.ip("addr flush dev %s to 192.0.2.0/24", c.ours())
		if c.fresh {
			if err := b.near.ip("link set dev %s up", c.ours()); err != nil {
				return err
			}
		}
	}
	var d []string
	var err error
	same := func() bool {
		var after []string
		after, err = b.dump(b.near, b.config.ports)
		d = difference(before, after)
		return err == nil && len(d) == 0
	}
	// An interface that was set up needs a moment.
	if await("", back, same) != nil {
		return errors.Join(err, &violation{time.Now(), "the host is not as it was before:\n" + joinLines(d)})
	}
	if left := leftFiles(b.path("lacpd")); len(left) > 0 {
		return &violation{time.Now(), fmt.Sprintf("files are left: %v", left)}
	}
	return nil
}
