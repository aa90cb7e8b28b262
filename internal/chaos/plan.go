//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// plan lists what the chaos does and when. It depends on a seed alone: the same seed gives the
// same plan.
type plan []step

// step is one command of the operator or one fault.
type step struct {
	at   time.Duration // since the start
	what string
	run  func(*bed) error
}

// planner makes a plan.
type planner struct {
	*rand.Rand
	members int
	actions []action
	now     time.Duration
	end     time.Duration
	locks   map[string]time.Duration // until when each part of the bed is taken
	plan    plan
}

// Pauses between actions. Now and then a long one lets everything settle.
const (
	lead      = 500 * time.Millisecond // before the first action
	calmEvery = 15 * time.Second
	calm      = 9 * time.Second
	mostPause = 5 * time.Second
)

// makePlan returns a plan whose steps all lie within length.
func makePlan(s settings) plan {
	p := &planner{Rand: rand.New(rand.NewPCG(s.seed, 11)), members: s.members, actions: actions, end: s.length, locks: make(map[string]time.Duration)}
	if s.full {
		p.actions = slices.Concat(actions, kernelActions)
	}
	length := s.length
	total := 0
	for _, a := range p.actions {
		total += a.weight
	}
	nextCalm := calmEvery
	for p.now = lead; p.now < length; {
		p.action(total)
		pause := time.Duration(50+p.IntN(int(mostPause/time.Millisecond)-50)) * time.Millisecond
		if p.IntN(4) == 0 {
			pause = time.Duration(p.IntN(50)) * time.Millisecond
		}
		p.now += pause
		if p.now > nextCalm {
			p.now += calm
			nextCalm = p.now + calmEvery
		}
	}
	slices.SortStableFunc(p.plan, func(a, b step) int { return int(a.at - b.at) })
	return p.plan
}

// action plans one action if the parts of the bed that it needs are free.
func (p *planner) action(total int) {
	for range 20 {
		n := p.IntN(total)
		for _, a := range p.actions {
			if n -= a.weight; n < 0 {
				if a.plan(p) {
					return
				}
				break
			}
		}
	}
}

// free reports whether parts of the bed are free.
func (p *planner) free(parts ...string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return p.locks[part] > p.now })
}

// lock takes parts of the bed for some time and a little longer, because steps may be late.
func (p *planner) lock(d time.Duration, parts ...string) {
	for _, part := range parts {
		p.locks[part] = max(p.locks[part], p.now+d+100*time.Millisecond)
	}
}

// lasting returns a random time between the limits, in milliseconds, mostly a short one. It
// never goes beyond the end of the plan.
func (p *planner) lasting(from, to int) time.Duration {
	d := time.Duration(from+int(float64(to-from)*p.Float64()*p.Float64())) * time.Millisecond
	return max(min(d, p.end-p.now), 0)
}

// do adds a step at some time after now.
func (p *planner) do(after time.Duration, run func(*bed) error, what string, args ...any) {
	p.plan = append(p.plan, step{p.now + after, fmt.Sprintf(what, args...), run})
}

// attrs are the parts that are settings of members' interfaces.
func (p *planner) attrs() (parts []string) {
	for i := range p.members {
		parts = append(parts, attr(i))
	}
	return parts
}

func wire(i int) string { return fmt.Sprintf("wire %d", i) }
func attr(i int) string { return fmt.Sprintf("settings %d", i) }

// The other parts of the bed. An action that starts or ends our lacpd takes the first.
const (
	ourProcess = "lacpd"
	ourDevice  = "device"
	ourFile    = "file"
	theEnd     = "partner"
)
