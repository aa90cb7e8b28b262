package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Node is one System with its ports.
type Node struct {
	Name   string
	System *lacp.System
	Ports  []*Port // in the order in which they were added

	network  *Network
	config   lacp.Config
	deadline time.Duration
	dead     bool // stopped: neither receives nor sends
	stalled  bool // gets no time: what arrives waits
	waking   bool
	backlog  []waiting
}

// Port is one port of a Node.
type Port struct {
	Node   *Node
	Config lacp.PortConfig // as SetPort takes it
	Link   lacp.Link       // speed and duplex; Up as it was last reported
	Mux    lacp.Mux        // what the System last asked of the data path

	Drained bool // a drain is done

	// FailSends is how many more LACPDUs the port fails to send.
	FailSends int

	link    *Link
	end     int // which end of the link
	removed bool
	record  record
}

// String returns the port's name, "a.1".
func (p *Port) String() string { return fmt.Sprintf("%s.%d", p.Node.Name, p.Config.Number) }

// Peer is the port at the other end of the link; nil without a link.
func (p *Port) Peer() *Port {
	if p.link == nil {
		return nil
	}
	return p.link.ends[1-p.end]
}

// Status is the port's status; zero while the Node is stopped.
func (p *Port) Status() lacp.PortStatus {
	if p.Node.dead {
		return lacp.PortStatus{}
	}
	st, _ := p.Node.System.Port(p.Config.Number)
	return st
}

// AddNode adds a System.
func (n *Network) AddNode(name string, config lacp.Config) (*Node, error) {
	node := &Node{Name: name, network: n, config: config, deadline: never}
	if n.Trace != nil {
		node.config.Trace = func(t lacp.Transition) { n.Trace(node, t) }
	}
	var err error
	if node.System, err = lacp.NewSystem(node.config); err != nil {
		return nil, err
	}
	n.nodes = append(n.nodes, node)
	return node, nil
}

// AddPort adds a port. Its MAC, if it has none, is the System's with the port
// number in the last octet but one.
func (node *Node) AddPort(c lacp.PortConfig) (*Port, error) {
	if c.MAC == (lacp.MAC{}) {
		c.MAC = node.config.System.MAC
		c.MAC[4] = byte(c.Number)
	}
	if err := node.System.AddPort(node.network.Clock(), c); err != nil {
		return nil, err
	}
	p := &Port{Node: node, Config: c}
	node.Ports = append(node.Ports, p)
	node.drain()
	return p, nil
}

// SetPort changes the port's configuration; of a stopped System when it starts.
func (p *Port) SetPort(c lacp.PortConfig) error {
	if p.Node.dead {
		p.Config = c
		return nil
	}
	p.Node.Wake()
	if err := p.Node.System.SetPort(p.Node.network.Clock(), c); err != nil {
		return err
	}
	p.record.keepTimeout(p)
	p.Config = c
	p.record.deaf = false // a new timeout, a new bound
	if peer := p.Peer(); peer != nil {
		peer.record.deaf = false
	}
	p.Node.drain()
	return nil
}

// SetSystem changes the System's identifier; of a stopped System when it starts.
func (node *Node) SetSystem(id lacp.SystemID) error {
	if node.dead {
		node.config.System = id
		return nil
	}
	node.Wake()
	if err := node.System.SetSystem(node.network.Clock(), id); err != nil {
		return err
	}
	node.config.System = id
	node.drain()
	return nil
}

// SetSpeed changes what the port's link is, in Mb/s and duplex mode.
func (p *Port) SetSpeed(mbps uint32, d lacp.Duplex) {
	p.Link.SpeedMbps, p.Link.Duplex = mbps, d
	p.report()
}

// Remove takes the port out of service in good order.
func (p *Port) Remove() error {
	p.Node.Wake()
	p.record.farewell = true
	err := p.Node.System.RemovePort(p.Node.network.Clock(), p.Config.Number)
	p.removed = true
	p.Node.drain()
	return err
}

// Do calls methods of the System and carries out what it asks for.
func (node *Node) Do(f func(*lacp.System) error) error {
	err := f(node.System)
	node.drain()
	return err
}

// Inject has the port receive a frame from nowhere.
func (p *Port) Inject(frame []byte) (lacp.SlowKind, error) {
	kind, err := p.Node.System.Receive(p.Node.network.Clock(), p.Config.Number, frame)
	p.Node.drain()
	return kind, err
}

// Stop kills the System without a farewell. Its links keep their carrier.
func (node *Node) Stop() {
	node.dead, node.stalled, node.backlog = true, false, nil
	node.deadline = never
	for _, p := range node.Ports {
		p.Mux = lacp.Mux{}
	}
}

// Start starts a stopped System anew, without memory.
func (node *Node) Start() error {
	if !node.dead {
		return nil
	}
	sys, err := lacp.NewSystem(node.config)
	if err != nil {
		return err
	}
	node.System, node.dead = sys, false
	for _, p := range node.Ports {
		if p.removed {
			continue
		}
		p.record = record{}
		if err := sys.AddPort(node.network.Clock(), p.Config); err != nil {
			return err
		}
		p.report()
	}
	node.drain()
	return nil
}

// Restart is Stop and Start at once.
func (node *Node) Restart() error {
	node.Stop()
	return node.Start()
}

// report tells the System what the port's link is.
func (p *Port) report() {
	p.Link.Up = p.link != nil && p.link.carrier[p.end]
	if p.Node.dead || p.removed || p.Node.stalled {
		return
	}
	if err := p.Node.System.SetLink(p.Node.network.Clock(), p.Config.Number, p.Link); err != nil {
		p.Node.network.fail(err)
	}
	p.Node.drain()
}

// arrive hands the System a frame that has come over the link.
func (p *Port) arrive(frame []byte, corrupt bool) {
	node := p.Node
	switch {
	case node.dead || p.removed || !p.Link.Up:
		return
	case node.stalled:
		if len(node.backlog) < backlogDepth {
			node.backlog = append(node.backlog, waiting{p, slices.Clone(frame), corrupt})
		}
		return
	}
	before := p.Status().Counters
	kind, err := node.System.Receive(node.network.Clock(), p.Config.Number, frame)
	if (kind != lacp.SlowLACPDU || err != nil) && !corrupt {
		node.network.fail(fmt.Errorf("%v: frame of a System was taken for %v: %v", p, kind, err))
	}
	if kind == lacp.SlowLACPDU && p.Status().Counters.LoopedRx == before.LoopedRx {
		p.record.arrived(frame)
	}
	node.drain()
}

// drain carries out what the System asks for and tests the invariants.
func (node *Node) drain() {
	n := node.network
	var failed []lacp.PortNumber
	for _, a := range node.System.Actions() {
		if a.Kind == lacp.ActionLink {
			continue
		}
		p := node.port(a.Port)
		switch {
		case p == nil: // its farewell comes after it was removed by name
			n.fail(fmt.Errorf("%s: action for unknown port %d", node.Name, a.Port))
		case a.Kind == lacp.ActionMux:
			p.Mux = a.Mux
		case a.Kind == lacp.ActionFlush:
			// The frames under way have arrived when the longest delay is over.
			n.At(n.maxDelay, func() {
				if !node.dead && !p.removed {
					n.fail(node.Do(func(s *lacp.System) error { return s.Flushed(n.Clock(), p.Config.Number) }))
				}
			})
		case a.Kind == lacp.ActionDrained:
			p.Drained = true
		case p.FailSends > 0:
			p.FailSends--
			failed = append(failed, a.Port)
		default:
			p.send(&a)
		}
	}
	for _, number := range failed {
		node.System.TransmitFailed(n.Clock(), number)
	}
	if len(failed) > 0 {
		node.drain()
		return
	}
	node.deadline = never
	if at := node.System.Deadline(); !at.IsZero() {
		node.deadline = at.Sub(Epoch)
	}
	if !node.waking {
		n.fail(node.check())
	}
}

// port returns the port of a number, the newest if it was removed and added again.
func (node *Node) port(number lacp.PortNumber) *Port {
	for _, p := range slices.Backward(node.Ports) {
		if p.Config.Number == number {
			return p
		}
	}
	return nil
}

var errNoLink = errors.New("sim: the port has no link")
