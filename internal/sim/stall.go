package sim

import "time"

// backlogDepth is the number of frames that wait for a stalled System, as in the queue of
// a socket. Later frames are lost.
const backlogDepth = 64

// waiting is a frame that has arrived at a stalled System.
type waiting struct {
	port    *Port
	frame   []byte
	corrupt bool
}

// Stall gives the System no time for d, as if its process were stopped or the machine
// busy. Its data path stays as it is. Afterwards the System learns the state of its links,
// receives the waiting frames, and only then serves the timers that are due.
func (node *Node) Stall(d time.Duration) {
	if node.dead || node.stalled {
		return
	}
	node.stalled = true
	system := node.System
	node.network.At(d, func() {
		if node.System == system { // no restart has replaced it
			node.Wake()
		}
	})
}

// Wake ends a stall.
func (node *Node) Wake() {
	if !node.stalled {
		return
	}
	backlog := node.backlog
	node.stalled, node.backlog = false, nil
	node.waking = true // the invariants need not hold until it knows the state of all links
	for _, p := range node.Ports {
		p.record.deaf = false
		p.report()
	}
	node.waking = false
	node.drain()
	for _, w := range backlog {
		w.port.arrive(w.frame, w.corrupt)
	}
	if node.deadline <= node.network.now {
		node.System.Advance(node.network.Clock())
		node.drain()
	}
}
