package sim

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Epoch is the start time of every Network.
var Epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Network is a set of Systems and the links between their ports.
type Network struct {
	// Trace, if not nil, is called for each transition. Set it before AddNode.
	Trace func(*Node, lacp.Transition)
	// OnTransmit, if not nil, is called for each LACPDU that a port sends.
	OnTransmit func(*Port, *lacp.Action)
	// Check, if not nil, is a further invariant, tested with the others.
	Check func(*Node) error

	now      time.Duration
	rand     *rand.Rand
	nodes    []*Node
	queue    events
	sequence uint64
	maxDelay time.Duration // longest delay of any frame so far
	err      error
}

// New returns an empty Network that draws its random numbers from seed.
func New(seed uint64) *Network {
	return &Network{rand: rand.New(rand.NewPCG(seed, 0))}
}

// Now returns the time since the start.
func (n *Network) Now() time.Duration { return n.now }

// Clock returns the current time as the Systems see it.
func (n *Network) Clock() time.Time { return Epoch.Add(n.now) }

// Err returns the first violation of an invariant.
func (n *Network) Err() error { return n.err }

// Nodes returns the nodes in the order they were added.
func (n *Network) Nodes() []*Node { return n.nodes }

// At schedules one call of f, d from now.
func (n *Network) At(d time.Duration, f func()) {
	n.schedule(event{at: n.now + d, call: f})
}

// Advance moves the clock forward by d, runs all events until then, and returns the first
// violation of an invariant.
func (n *Network) Advance(d time.Duration) error {
	end := n.now + d
	for n.err == nil {
		at := n.next()
		if at > end {
			break
		}
		n.now = max(n.now, at)
		n.step()
	}
	n.now = end
	return n.err
}

const never = time.Duration(1<<63 - 1)

// next returns the time of the earliest event.
func (n *Network) next() time.Duration {
	at := never
	if len(n.queue) > 0 {
		at = n.queue[0].at
	}
	for _, node := range n.nodes {
		if !node.stalled {
			at = min(at, node.deadline)
		}
	}
	return at
}

// step runs all events that are due now: frames before timers, like a runtime that reads
// its sockets first.
func (n *Network) step() {
	for len(n.queue) > 0 && n.queue[0].at <= n.now && n.err == nil {
		e := heap.Pop(&n.queue).(*event)
		if e.call != nil {
			e.call()
		} else if e.to.link == e.link { // the cable is still there
			e.to.arrive(e.frame[:], e.corrupt)
		}
	}
	for _, node := range n.nodes {
		if n.err == nil && node.deadline <= n.now && !node.stalled {
			node.System.Advance(n.Clock())
			node.drain()
		}
	}
}

func (n *Network) fail(err error) {
	if n.err == nil {
		n.err = err
	}
}

// event is a frame that arrives at a port, or a call.
type event struct {
	at       time.Duration
	sequence uint64 // events of the same time run in the order they were made
	call     func()
	to       *Port
	frame    [lacp.FrameLen]byte
	corrupt  bool
	link     *Link // the link that carries the frame
}

func (n *Network) schedule(e event) {
	n.sequence++
	e.sequence = n.sequence
	heap.Push(&n.queue, &e)
}

type events []*event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].sequence < q[j].sequence
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(e any)   { *q = append(*q, e.(*event)) }
func (q *events) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return e
}
