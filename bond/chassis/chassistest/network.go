package chassistest

import (
	"math/rand/v2"
	"net"
	"sync"

	"github.com/lagkit/lagkit/bond/chassis"
)

// Network carries the datagrams of a group in memory. Use [NewNetwork] to make one. Its methods are
// safe for concurrent use.
type Network struct {
	mu     sync.Mutex
	random *rand.Rand
	loss   float64
	ports  map[chassis.ID]*port
	cut    map[[2]chassis.ID]bool
}

// NewNetwork returns a network that loses and repeats datagrams by a seed, once Lose was called.
func NewNetwork(seed uint64) *Network {
	return &Network{random: rand.New(rand.NewPCG(seed, 1)), ports: make(map[chassis.ID]*port), cut: make(map[[2]chassis.ID]bool)}
}

// Open returns the transport of a chassis, which replaces the one before.
func (n *Network) Open(id chassis.ID) chassis.Transport {
	p := &port{network: n, id: id, arrived: make(chan []byte, 1024), closed: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ports[id] = p
	return p
}

// Lose makes the network lose and repeat each a share of the datagrams, 0 to 1.
func (n *Network) Lose(share float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.loss = share
}

// Cut loses all datagrams from one chassis to another, in this direction.
func (n *Network) Cut(from, to chassis.ID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut[[2]chassis.ID{from, to}] = true
}

// Heal ends all cuts.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.cut)
}

// port is a chassis's end of a Network.
type port struct {
	network *Network
	id      chassis.ID
	arrived chan []byte
	closed  chan struct{}
	once    sync.Once
}

// Send implements [chassis.Transport].
func (p *port) Send(to chassis.ID, datagram []byte) {
	n := p.network
	n.mu.Lock()
	defer n.mu.Unlock()
	far := n.ports[to]
	if far == nil || n.cut[[2]chassis.ID{p.id, to}] || n.random.Float64() < n.loss {
		return
	}
	times := 1
	if n.random.Float64() < n.loss {
		times = 2
	}
	for range times {
		select {
		case far.arrived <- append([]byte(nil), datagram...):
		default: // full: it is lost
		}
	}
}

// Receive implements [chassis.Transport].
func (p *port) Receive(b []byte) (int, error) {
	select {
	case d := <-p.arrived:
		return copy(b, d), nil
	case <-p.closed:
		return 0, net.ErrClosed
	}
}

// Close implements [chassis.Transport].
func (p *port) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}
