package chassistest

import (
	"errors"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// box is a chassis of a simulation.
type box struct {
	sim     *sim
	id      chassis.ID
	machine *chassis.Machine
	rate    float64 // of its clock
	up      bool
	life    int           // how often it has started
	boot    uint64        // of this life
	paused  time.Duration // until when it does nothing
	waiting []func()      // inputs that came during the pause
	reaches bool          // it reaches the store
	score   int
	timer   int

	obstacle chassis.Obstacle
	until    time.Duration // the permission of its data path, by its clock
	left     time.Duration // the permission that an earlier process has left to the data path
}

// clock returns the time of the chassis.
func (b *box) clock() time.Duration { return time.Duration(float64(b.sim.now+time.Hour) * b.rate) }

// passes reports whether the data path would pass a frame now. It looks at the permission itself, so
// a pause of the process does not matter.
func (b *box) passes() bool { return b.clock() < max(b.until, b.left) }

// endsAt returns the true time when the permission ends; 0: it is closed.
func (b *box) endsAt() time.Duration {
	if b.until == 0 {
		return 0
	}
	return max(time.Duration(float64(b.until)/b.rate)-time.Hour, 0)
}

// start starts the process of the chassis.
func (b *box) start() {
	s := b.sim
	b.boot = s.random.Uint64() | 1
	c := chassis.Config{Me: b.id, Boot: b.boot, Hold: s.Hold, GoneIsProof: s.Proofs}
	for _, o := range s.boxes {
		if o != b {
			c.Others = append(c.Others, o.id)
		}
	}
	if s.Configure != nil {
		s.Configure(&c)
	}
	m, err := chassis.New(b.clock(), c)
	if err != nil {
		s.fail("chassis %s does not start: %v", b.id, err)
		return
	}
	b.machine, b.up, b.life, b.waiting, b.paused = m, true, b.life+1, nil, 0
	s.result.Starts++
	s.note("%s starts", b.id)
	b.input(func(now time.Duration) {
		m.SetObstacle(now, b.obstacle)
		m.SetScore(now, b.score)
	})
}

// obstruct sets or removes an obstacle.
func (b *box) obstruct(on bool) {
	b.obstacle = chassis.Obstacle{}
	if on {
		b.obstacle = chassis.Obstacle{Code: lacp.ReasonChassisDiffers}
	}
	b.sim.note("%s has an obstacle: %v", b.id, on)
	b.input(func(now time.Duration) { b.machine.SetObstacle(now, b.obstacle) })
}

// stop ends the process. Its data path may go on until its permission ends.
func (b *box) stop(withDataPath bool) {
	b.up = false
	b.life++
	if withDataPath {
		b.left = 0
	} else {
		b.left = max(b.left, b.until)
	}
	b.until = 0
	b.sim.note("%s stops, with its data path %v", b.id, withDataPath)
	if b.sim.Proofs {
		b.prove()
	}
}

// prove makes the others learn that the process has ended.
func (b *box) prove() {
	s, boot := b.sim, b.boot
	for _, o := range s.boxes {
		if o != b {
			s.after(s.between(0, 4*s.Hold), func() {
				s.note("%s learns that a process of %s has ended", o.id, b.id)
				o.input(func(now time.Duration) { o.machine.Gone(now, b.id, boot) })
			})
		}
	}
}

// input gives the machine an input, after the pause if there is one.
func (b *box) input(give func(now time.Duration)) {
	life := b.life
	run := func() {
		if b.up && b.life == life {
			give(b.clock())
			b.act()
		}
	}
	if b.sim.now < b.paused {
		b.waiting = append(b.waiting, run)
		return
	}
	run()
}

// pause stops the process for a while. Its clock and its data path go on.
func (b *box) pause(d time.Duration) {
	s := b.sim
	s.note("%s pauses for %v", b.id, d)
	b.paused = max(b.paused, s.now+d)
	s.after(d, func() {
		if s.now < b.paused {
			return
		}
		waiting := b.waiting
		b.waiting = nil
		for _, run := range waiting {
			run()
		}
		b.input(func(now time.Duration) { b.machine.Advance(now) })
	})
}

// act carries out the actions of the machine.
func (b *box) act() {
	s := b.sim
	for _, a := range b.machine.Actions() {
		switch a.Kind {
		case chassis.ActionPermit:
			if (a.Permit.Until == 0) != (b.until == 0) {
				s.note("%s permission %+v", b.id, a.Permit)
			}
			b.until = a.Permit.Until
			if s.Permit != nil {
				s.Permit(s.now, b.id, b.endsAt())
			}
		case chassis.ActionOp:
			b.transact(a.Op, a.Request)
		case chassis.ActionSend:
			s.deliver(a.Message)
		}
	}
	b.timer++
	timer, life := b.timer, b.life
	wait := time.Duration(float64(b.machine.Deadline()-b.clock())/b.rate) + 1
	s.after(max(wait, 10*time.Microsecond), func() {
		if b.timer == timer && b.life == life && s.now >= b.paused {
			b.input(func(now time.Duration) { b.machine.Advance(now) })
		}
	})
}

// deliver takes a message to its chassis: never, once or twice.
func (s *sim) deliver(g chassis.Message) {
	if s.cut[[2]chassis.ID{g.From, g.To}] || !s.calm && s.chance(20) {
		return
	}
	times := 1
	if s.chance(20) {
		times = 2
	}
	for range times {
		delay := s.between(0, 20*time.Millisecond)
		if !s.calm && s.chance(50) {
			delay = s.between(0, 3*s.Hold)
		}
		s.after(delay, func() {
			for _, b := range s.boxes {
				if b.id == g.To {
					b.input(func(now time.Duration) { b.machine.Receive(now, g) })
				}
			}
		})
	}
}

var errUnknown = errors.New("chassistest: no answer")

// transact takes a transaction to the store and the answer back. Either may be lost or late, and the
// transaction may be carried out twice.
func (b *box) transact(op chassis.Op, request uint64) {
	s, life := b.sim, b.life
	answer := func(v chassis.View, err error) {
		if b.life == life {
			b.input(func(now time.Duration) { b.machine.Result(now, request, v, err) })
		}
	}
	if !b.reaches || !s.quorum || !s.calm && s.chance(30) {
		if s.chance(2) {
			s.after(s.between(0, 2*s.Hold), func() { answer(chassis.View{}, errUnknown) })
		}
		if !s.chance(3) {
			return
		}
	}
	there := s.between(0, 60*time.Millisecond)
	if !s.calm && s.chance(30) {
		there = s.between(0, 20*s.Hold) // long after the process has given up, or has ended
	}
	s.after(there, func() { s.serve(b, op, answer) })
	if s.chance(20) {
		s.after(there+s.between(0, 2*s.Hold), func() { s.serve(b, op, func(chassis.View, error) {}) })
	}
}

// serve carries out a transaction.
func (s *sim) serve(b *box, op chassis.Op, answer func(chassis.View, error)) {
	if !s.quorum {
		return
	}
	before := s.view
	held := op.Apply(&s.view)
	if s.view != before {
		s.note("%s %s: %+v", b.id, op.Kind, s.view)
		if op.Kind == chassis.OpClaim && before.Active != s.view.Active {
			s.result.Takeovers++
		}
		s.hint(b)
	} else if op.Kind != chassis.OpRead {
		s.note("%s %s in vain, comparisons held %v: %+v", b.id, op.Kind, held, op)
	}
	if !s.calm && s.chance(20) {
		return
	}
	v, back := s.view, s.between(0, 60*time.Millisecond)
	if !s.calm && s.chance(50) {
		back = s.between(0, 2*s.Hold)
	}
	s.after(back, func() { answer(v, nil) })
}

// hint tells the other chassis that the store has changed.
func (s *sim) hint(by *box) {
	for _, b := range s.boxes {
		if b != by && b.reaches {
			s.after(s.between(time.Millisecond, 30*time.Millisecond), func() { b.input(func(now time.Duration) { b.machine.Poke(now) }) })
		}
	}
}
