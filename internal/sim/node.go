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
	Ports  []*Port // in the order they were added

	network  *Network
	config   lacp.Config
	deadline time.Duration
	dead     bool // stopped: neither receives nor sends
	stalled  bool // gets no time; frames that arrive wait
	waking   bool
	backlog  []waiting
}

// Port is one port of a Node.
type Port struct {
	Node   *Node
	Config lacp.PortConfig // as passed to SetPort
	Link   lacp.Link       // speed and duplex; Up holds the value last reported
	Mux    lacp.Mux        // data path that the System last asked for

	Drained bool // a drain has finished

	// FailSends is the number of next LACPDUs that the port fails to send.
	FailSends int

	link    *Link
	end     int // which end of the link
	removed bool
	record  record
}

// String returns the port's name, "a.1".
func (p *Port) String() string { return fmt.Sprintf("%s.%d", p.Node.Name, p.Config.Number) }

// Peer returns the port at the other end of the link, or nil without a link.
func (p *Port) Peer() *Port {
	if p.link == nil {
		return nil
	}
	return p.link.ends[1-p.end]
}

// Status returns the port's status. It is zero while the Node is stopped.
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

// AddPort adds a port. If c has no MAC, the port gets the System's MAC with the port
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

// SetPort changes the port's configuration. If the System is stopped, the change takes
// effect when it starts.
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
	p.record.deaf = false // a new timeout starts a new bound
	if peer := p.Peer(); peer != nil {
		peer.record.deaf = false
	}
	p.Node.drain()
	return nil
}

// SetSystem changes the System's identifier. If the System is stopped, the change takes
// effect when it starts.
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

// SetSpeed changes the speed, in Mb/s, and the duplex mode of the port's link.
func (p *Port) SetSpeed(mbps uint32, d lacp.Duplex) {
	p.Link.SpeedMbps, p.Link.Duplex = mbps, d
	p.report()
}

// Remove gracefully takes the port out of service.
func (p *Port) Remove() error {
	p.Node.Wake()
	p.record.farewell = true
	err := p.Node.System.RemovePort(p.Node.network.Clock(), p.Config.Number)
	p.removed = true
	p.Node.drain()
	return err
}

// Do calls f with the System, then carries out the actions that the System asks for.
func (node *Node) Do(f func(*lacp.System) error) error {
	err := f(node.System)
	node.drain()
	return err
}

// Inject makes the port receive a frame that no peer sent.
func (p *Port) Inject(frame []byte) (lacp.SlowKind, error) {
	kind, err := p.Node.System.Receive(p.Node.network.Clock(), p.Config.Number, frame)
	p.Node.drain()
	return kind, err
}

// Stop kills the System. It sends no last LACPDU, and its links keep their carrier.
func (node *Node) Stop() {
	node.dead, node.stalled, node.backlog = true, false, nil
	node.deadline = never
	for _, p := range node.Ports {
		p.Mux = lacp.Mux{}
	}
}

// Start starts a stopped System again, without memory.
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

// Restart stops the System and starts it at once.
func (node *Node) Restart() error {
	node.Stop()
	return node.Start()
}

// report passes the state of the port's link to the System.
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

// arrive passes a frame that came over the link to the System.
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
		node.network.fail(fmt.Errorf("%v: received a System's frame as %v: %v", p, kind, err)) //nolint:errorlint // it may be nil
	}
	if kind == lacp.SlowLACPDU && p.Status().Counters.LoopedRx == before.LoopedRx {
		p.record.arrived(frame)
	}
	node.drain()
}

// drain carries out the actions that the System asks for and tests the invariants.
func (node *Node) drain() {
	n := node.network
	var failed []lacp.PortNumber
	for _, a := range node.System.Actions() {
		if a.Kind == lacp.ActionLink {
			continue
		}
		p := node.port(a.Port)
		switch {
		case p == nil: // a removed port keeps its entry, so its last LACPDU finds it
			n.fail(fmt.Errorf("%s: action for unknown port %d", node.Name, a.Port))
		case a.Kind == lacp.ActionMux:
			p.Mux = a.Mux
		case a.Kind == lacp.ActionFlush:
			// The frames under way have arrived after the longest delay.
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

// port returns the port with a number, the newest if the port was removed and added again.
func (node *Node) port(number lacp.PortNumber) *Port {
	for _, p := range slices.Backward(node.Ports) {
		if p.Config.Number == number {
			return p
		}
	}
	return nil
}

var errNoLink = errors.New("sim: the port has no link")
