package user

import (
	"math/rand/v2"
	"sync"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
)

// turns records whose turn it is to send, for plane.SpreadInTurn. Its lock keeps the turns of
// several senders apart all the way to the links; only then do frames leave strictly in turn.
type turns struct {
	mu   sync.Mutex
	at   int // place in plan.order
	sent int // frames the member has sent in this turn
}

// inTurn sends frames on one member after the other.
func (u *Plane) inTurn(p *plan, s *batch, frames []link.Frame) (err error) {
	t := &u.turns
	t.mu.Lock()
	defer t.mu.Unlock()
	run := s.run[:0]
	flush := func() {
		if len(run) == 0 {
			return
		}
		n, e := p.members[p.order[t.at]].write(run)
		if s.taken += n; e != nil {
			err = e
		}
		run = run[:0]
	}
	if t.at >= len(p.order) {
		t.at, t.sent = 0, 0
	}
	for i := range frames {
		f := &frames[i]
		if e := u.sendable(p, f); e != nil {
			err = e
			continue
		}
		if t.sent >= p.Packets {
			flush()
			t.at, t.sent = (t.at+1)%len(p.order), 0
		}
		run = append(run, *f)
		t.sent++
	}
	flush()
	clear(run[:cap(run)])
	s.run = run
	return err
}

// copies sends frames on every member.
func (u *Plane) copies(p *plan, s *batch, frames []link.Frame) (err error) {
	run := s.run[:0]
	for i := range frames {
		if e := u.sendable(p, &frames[i]); e != nil {
			err = e
			continue
		}
		run = append(run, frames[i])
	}
	if len(run) > 0 {
		most := 0
		for _, id := range p.order {
			n, e := p.members[id].write(run)
			if most = max(most, n); e != nil {
				err = e
			}
		}
		s.taken += most
	}
	clear(run)
	s.run = run
	return err
}

// atRandom sends each frame on any member.
func (u *Plane) atRandom(p *plan, s *batch, frames []link.Frame) (err error) {
	for i := range frames {
		f := frames[i : i+1]
		if e := u.sendable(p, &f[0]); e != nil {
			err = e
			continue
		}
		n, e := p.members[p.order[rand.IntN(len(p.order))]].write(f)
		if s.taken += n; e != nil {
			err = e
		}
	}
	return err
}

// sendable returns why a frame can't be sent, or nil, and counts the error.
func (u *Plane) sendable(p *plan, f *link.Frame) error {
	if err := p.check(f); err != nil {
		u.counters.refused(err)
		return err
	}
	if len(p.order) == 0 {
		u.counters.txNoMember.Add(1)
		return plane.ErrNoMember
	}
	return nil
}
