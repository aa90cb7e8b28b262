package sim

import "time"

// backlogDepth is how many frames wait for a System that gets no time, as in the
// queue of a socket; later ones are lost.
const backlogDepth = 64

// waiting is a frame that has arrived at a System that gets no time.
type waiting struct {
	port    *Port
	frame   []byte
	corrupt bool
}

// Stall gives the System no time for d: its process is stopped, or the machine
// busy. Its data path goes on as it is. Afterwards it learns of its links, gets the
// frames that have waited, and only then sees that timers are due.
func (node *Node) Stall(d time.Duration) {
	if node.dead || node.stalled {
		return
	}
	node.stalled = true
	system := node.System
	node.network.At(d, func() {
		if node.System == system { // it has not been restarted
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
	node.waking = true // until it knows all of its links it can't be right
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
