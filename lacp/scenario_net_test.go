package lacp_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/sim"
	"github.com/lagkit/lagkit/lacp"
)

const (
	second = time.Second
	ms     = time.Millisecond
)

// side is one of the two Systems of a bench.
type side struct {
	config lacp.Config
	port   lacp.PortConfig // of all its ports; Number and Key are filled in
}

// bench is two Systems, a and b, with links between ports of the same number. Links
// have a delay of 10 ms each way and no carrier yet. The test fails if an invariant of
// package sim does not hold.
type bench struct {
	*sim.Network
	t     *testing.T
	a, b  *sim.Node
	links []*sim.Link
	sent  map[*sim.Port][]sentPDU
	moves []move
}

type sentPDU struct {
	at  time.Duration
	pdu lacp.PDU
}

type move struct {
	at   time.Duration
	node *sim.Node
	lacp.Transition
}

func newBench(t *testing.T, links int, a, b side) *bench {
	t.Helper()
	n := &bench{Network: sim.New(1), t: t, sent: map[*sim.Port][]sentPDU{}}
	n.Trace = func(node *sim.Node, tr lacp.Transition) { n.moves = append(n.moves, move{n.Now(), node, tr}) }
	n.OnTransmit = func(p *sim.Port, a *lacp.Action) { n.sent[p] = append(n.sent[p], sentPDU{n.Now(), a.PDU}) }
	n.a, n.b = n.node("a", 10, links, a), n.node("b", 11, links, b)
	for i := range links {
		n.connect(n.a.Ports[i], n.b.Ports[i])
	}
	return n
}

// node adds a System with ports.
func (n *bench) node(name string, mac byte, ports int, s side) *sim.Node {
	n.t.Helper()
	if s.config.System == (lacp.SystemID{}) {
		s.config.System = lacp.SystemID{Priority: 0x8000, MAC: lacp.MAC{2, 0, 0, 0, 0, mac}}
	}
	node, err := n.AddNode(name, s.config)
	if err != nil {
		n.t.Fatal(err)
	}
	for i := range ports {
		c := s.port
		if c.Number == 0 {
			c.Number = lacp.PortNumber(i + 1)
		} else {
			c.Number += lacp.PortNumber(i)
		}
		if c.Key == 0 {
			c.Key = lacp.Key(mac - 9)
		}
		if _, err := node.AddPort(c); err != nil {
			n.t.Fatal(err)
		}
	}
	return node
}

func (n *bench) connect(p, q *sim.Port) *sim.Link {
	l := n.Connect(p, q)
	l.Direction = [2]sim.Impairment{{Delay: 10 * ms}, {Delay: 10 * ms}}
	n.links = append(n.links, l)
	return l
}

// up gives the named links carrier; all links if none is named.
func (n *bench) up(links ...int) {
	if len(links) == 0 {
		for _, l := range n.links {
			l.SetCarrier(true)
		}
	}
	for _, i := range links {
		n.links[i].SetCarrier(true)
	}
}

func (n *bench) pass(d time.Duration) {
	n.t.Helper()
	if err := n.Advance(d); err != nil {
		n.t.Fatal(err)
	}
}

// converge brings all links up and waits until the last LACPDUs have arrived.
func (n *bench) converge() {
	n.t.Helper()
	n.up()
	n.pass(65 * second)
	n.forget()
}

func (n *bench) forget() {
	clear(n.sent)
	n.moves = nil
}

// wants fails unless both ends of each link carry data, or both do not if carries is
// false.
func (n *bench) wants(carries bool, links ...int) {
	n.t.Helper()
	for _, i := range links {
		for _, p := range ends(n.links[i], n) {
			st := p.Status()
			if st.Usable() != carries {
				n.t.Errorf("%v: %v carries data: %v (%v, %v, actor %v, partner %v)", n.Now(), p, st.Usable(),
					st.Reason, st.Mux, st.Actor.State, st.Partner.State)
			}
		}
	}
}

// ends returns the ports that a link connects.
func ends(l *sim.Link, n *bench) (ports []*sim.Port) {
	for _, node := range n.Nodes() {
		for _, p := range node.Ports {
			if p.LinkOf() == l {
				ports = append(ports, p)
			}
		}
	}
	return ports
}

// muxMoves returns the Mux transitions of a port, as "2s ATTACHED".
func (n *bench) muxMoves(p *sim.Port) (list []string) {
	for _, m := range n.moves {
		if m.Machine == lacp.MachineMux && m.node == p.Node && m.Port == p.Config.Number {
			list = append(list, fmt.Sprint(m.at, " ", m.To))
		}
	}
	return list
}

// attachments returns the times when ports of a node went from WAITING to ATTACHED.
func (n *bench) attachments(node *sim.Node) (at []time.Duration) {
	for _, m := range n.moves {
		if m.Machine == lacp.MachineMux && m.node == node && m.From == "WAITING" && m.To == "ATTACHED" {
			at = append(at, m.at)
		}
	}
	return at
}

// left reports whether a port of the node stopped distributing since forget.
func (n *bench) left(node *sim.Node) bool {
	for _, m := range n.moves {
		if m.Machine == lacp.MachineMux && m.node == node && (m.From == "DISTRIBUTING" || m.From == "COLLECTING_DISTRIBUTING") {
			return true
		}
	}
	return false
}

// within checks a condition every millisecond and returns the time until it holds. It
// fails if that takes longer than the limit.
func (n *bench) within(limit time.Duration, what string, holds func() bool) time.Duration {
	n.t.Helper()
	began := n.Now()
	for !holds() {
		if n.Now()-began >= limit {
			n.t.Fatalf("%v: not within %v: %s", n.Now(), limit, what)
		}
		n.pass(ms)
	}
	return n.Now() - began
}

func usable(p *sim.Port) bool {
	st := p.Status()
	return st.Usable()
}

// allUsable reports whether all ports of the links carry data.
func (n *bench) allUsable() bool {
	for _, l := range n.links {
		for _, p := range ends(l, n) {
			if !usable(p) {
				return false
			}
		}
	}
	return true
}

var (
	fast    = lacp.PortConfig{ShortTimeout: true}
	passive = lacp.PortConfig{Passive: true}
	partner = lacp.Config{RequirePartner: true}
)
