package chassistest

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

// Options change what [Run] simulates. The zero value is right for most uses.
type Options struct {
	Chassis int           // how many; 0 means 2 to 4, drawn from the seed
	Faults  int           // how many; 0 means 50
	Hold    time.Duration // Config.Hold; 0 means 500 ms
	Rate    float64       // by how much the rate of a clock differs at most; 0 means 0.025

	// Proofs makes each process end with its data path, and the others learn that some time later:
	// see chassis.Config.GoneIsProof.
	Proofs bool

	// Obstacles lets chassis have an obstacle now and then: see chassis.Machine.SetObstacle.
	Obstacles bool

	// Permit, if not nil, is called when the permission of a chassis changes, with the true time since
	// the start, and when the permission ends by then; 0: it is closed.
	Permit func(now time.Duration, id chassis.ID, until time.Duration)

	// Configure changes the configuration of a chassis before each of its starts.
	Configure func(*chassis.Config)
}

// Result is what a run came to.
type Result struct {
	Faults    int           // that were injected
	Takeovers int           // claims of a chassis other than the one that was active before
	Starts    int           // of chassis
	Longest   time.Duration // the longest time without an active chassis, faults included
	Log       []string      // the last events
}

// Calm is how soon after the last fault one chassis has to be active.
const Calm = 15 * time.Second

// Run simulates a group of chassis with faults drawn from a seed: chassis that stop, pause and start
// again, links that are cut in one direction, messages and answers that are lost, late or repeated, a
// store without a quorum, transactions that take effect much later, wrong reports of death, changed
// scores and orders, clocks of different rates. It returns an error as soon as the data paths of two
// chassis would pass a frame, and if no chassis is active [Calm] after the faults.
func Run(seed uint64, o Options) (Result, error) {
	s := newSim(seed, o)
	s.run()
	s.result.Log = s.log.lines()
	return s.result, s.err
}

// sim is a simulation.
type sim struct {
	Options
	random *rand.Rand
	now    time.Duration // true time
	events events
	count  int
	view   chassis.View
	quorum bool
	calm   bool
	boxes  []*box
	cut    map[[2]chassis.ID]bool // messages from the first to the second are lost
	none   time.Duration          // since when no chassis is active; negative: one is
	since  time.Duration          // since when one is
	ended  time.Duration          // when the faults ended
	result Result
	log    log
	err    error
}

// event is something that happens at a time.
type event struct {
	at    time.Duration
	order int
	do    func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func newSim(seed uint64, o Options) *sim {
	s := &sim{Options: o, random: rand.New(rand.NewPCG(seed, 7)), quorum: true, cut: make(map[[2]chassis.ID]bool)}
	if s.Chassis == 0 {
		s.Chassis = 2 + s.random.IntN(3)
	}
	if s.Faults == 0 {
		s.Faults = 50
	}
	if s.Hold == 0 {
		s.Hold = 500 * time.Millisecond
	}
	if s.Rate == 0 {
		s.Rate = 0.025
	}
	for i := range s.Chassis {
		b := &box{sim: s, id: chassis.ID(rune('A' + i)), reaches: true, score: 2}
		b.rate = 1 + s.Rate*(2*s.random.Float64()-1)
		if s.random.IntN(2) == 0 { // at the bound
			b.rate = 1 + s.Rate*float64(2*s.random.IntN(2)-1)
		}
		s.boxes = append(s.boxes, b)
	}
	return s
}

// run runs the simulation to its end.
func (s *sim) run() {
	for _, b := range s.boxes {
		b.start()
	}
	s.after(s.between(0, 2*time.Second), s.nextFault)
	for len(s.events) > 0 && s.err == nil {
		e := heap.Pop(&s.events).(event)
		if s.calm && s.settled(e.at) {
			return
		}
		s.advance(e.at)
		e.do()
		s.check()
	}
}

// settled reports whether the run is over at a time after the last fault: one chassis has been active
// for a while, or none is though it is time.
func (s *sim) settled(at time.Duration) bool {
	switch {
	case s.none >= 0 && at > s.ended+Calm:
		s.fail("no chassis is active %v after the last fault", Calm)
		return true
	case s.none >= 0:
		return false
	}
	return at > max(s.ended, s.since)+steady
}

// steady is how long one chassis has to stay active after the last fault.
const steady = 3 * time.Second

// advance moves the time on. On the way each permission may end, which only makes fewer active.
func (s *sim) advance(to time.Duration) {
	s.now = to
	s.check()
}

// after makes something happen later.
func (s *sim) after(d time.Duration, do func()) {
	s.count++
	heap.Push(&s.events, event{s.now + d, s.count, do})
}

// between returns a time of a range.
func (s *sim) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.random.Int64N(int64(most-least)+1))
}

// chance reports true once in n times.
func (s *sim) chance(n int) bool { return s.random.IntN(n) == 0 }

// check tests that at most one data path passes frames.
func (s *sim) check() {
	active := 0
	for _, b := range s.boxes {
		if b.passes() {
			active++
		}
	}
	switch {
	case active > 1:
		s.fail("two chassis are active: %+v", s.view)
	case active == 1 && s.none >= 0:
		s.result.Longest = max(s.result.Longest, s.now-s.none)
		s.none, s.since = -1, s.now
	case active == 0 && s.none < 0:
		s.none = s.now
	}
}

func (s *sim) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
		s.note("%v", s.err)
		for _, b := range s.boxes {
			s.note("%s: up %v, permission until %v, its clock is %v, rate %v", b.id, b.up, b.until, b.clock(), b.rate)
		}
	}
}

func (s *sim) note(format string, args ...any) { s.log.add(s.now, format, args...) }
