package chassistest

import (
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

// nextFault injects a fault, and plans the next one or the end.
func (s *sim) nextFault() {
	if s.result.Faults == s.Faults {
		s.end()
		return
	}
	s.result.Faults++
	s.fault(s.boxes[s.random.IntN(len(s.boxes))], s.boxes[s.random.IntN(len(s.boxes))])
	s.after(s.between(20*time.Millisecond, 1500*time.Millisecond), s.nextFault)
}

// fault injects a fault that concerns one chassis or two.
func (s *sim) fault(b, o *box) {
	if s.Obstacles && s.chance(5) {
		b.obstruct(s.chance(2))
		return
	}
	switch s.random.IntN(14) {
	case 0:
		s.note("%s is cut from the store", b.id)
		b.reaches = false
	case 1, 2:
		s.note("%s reaches the store", b.id)
		b.reaches = true
	case 3:
		s.note("%s is cut from %s", b.id, o.id)
		s.cut[[2]chassis.ID{b.id, o.id}] = true
	case 4:
		s.note("%s and %s are cut from each other", b.id, o.id)
		s.cut[[2]chassis.ID{b.id, o.id}], s.cut[[2]chassis.ID{o.id, b.id}] = true, true
	case 5:
		s.note("all hear each other")
		clear(s.cut)
	case 6:
		s.quorum = !s.chance(3)
		s.note("quorum %v", s.quorum)
	case 7, 8:
		b.pause(s.between(50*time.Millisecond, 8*s.Hold))
	case 9:
		s.restart(b)
	case 10:
		b.input(func(now time.Duration) {
			if b.machine.HandOver(now, "") == nil {
				s.note("%s has the order to hand over", b.id)
			}
		})
	case 11:
		b.score = s.random.IntN(3)
		s.note("%s has score %d", b.id, b.score)
		b.input(func(now time.Duration) { b.machine.SetScore(now, b.score) })
	case 12:
		s.note("%s believes that %s is gone", b.id, o.id)
		b.input(func(now time.Duration) { b.machine.Gone(now, o.id, 0) })
	case 13:
		s.isolate(b)
	}
}

// restart stops a chassis and starts it again later.
func (s *sim) restart(b *box) {
	if !b.up {
		return
	}
	b.stop(s.chance(2) || s.Proofs)
	s.after(s.between(time.Millisecond, 10*s.Hold), func() {
		if !b.up {
			b.start()
		}
	})
}

// isolate cuts a chassis from all others and the store.
func (s *sim) isolate(b *box) {
	s.note("%s is isolated", b.id)
	b.reaches = false
	for _, o := range s.boxes {
		s.cut[[2]chassis.ID{b.id, o.id}], s.cut[[2]chassis.ID{o.id, b.id}] = true, true
	}
}

// end ends all faults.
func (s *sim) end() {
	s.note("all is well")
	s.calm, s.quorum, s.ended = true, true, s.now
	clear(s.cut)
	for _, b := range s.boxes {
		b.reaches, b.score, b.paused, b.obstacle = true, 2, 0, chassis.Obstacle{}
		if !b.up {
			b.start()
			continue
		}
		waiting := b.waiting
		b.waiting = nil
		for _, run := range waiting {
			run()
		}
		b.input(func(now time.Duration) { b.machine.SetScore(now, b.score) })
		if s.Obstacles {
			b.obstruct(false)
		}
	}
	s.after(2*Calm, func() {})
}
