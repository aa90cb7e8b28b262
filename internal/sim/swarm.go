package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Settling is how long after the last fault two Systems may take until they use
// all links. A port that has lost its partner is heard of again with the next
// periodic LACPDU of either end, within 30 s at the Long Timeout; a port whose
// LACPDU with a changed Collecting was lost is too, as update_NTT does not look
// at that bit. Then ports wait 2 s, four LACPDUs go to and fro, and the transmit
// limit may hold back one of them for 1 s. Late frames of before the fault's end,
// up to maxFaultDelay, may start it all once more.
const Settling = lacp.SlowPeriodicTime + 2*lacp.AggregateWaitTime + 2*time.Second + maxFaultDelay

// maxFaultDelay is the longest delay of a frame in a Swarm.
const maxFaultDelay = 2 * time.Second

// Swarm runs two Systems with one to four links through faults drawn from seed,
// and then without faults. It returns the first violation of an invariant, or an
// error if the Systems do not use their links [Settling] after the faults end.
// The Network, which setup may prepare, is returned for a look at it.
func Swarm(seed uint64, setup func(*Network)) (*Network, error) {
	w := &swarm{Network: New(seed), r: rand.New(rand.NewPCG(seed, 1))}
	if setup != nil {
		setup(w.Network)
	}
	if err := w.build(); err != nil {
		return w.Network, err
	}
	for range 2 {
		if err := w.faults(); err != nil {
			return w.Network, err
		}
		if err := w.heal(); err != nil {
			return w.Network, err
		}
	}
	return w.Network, nil
}

type swarm struct {
	*Network
	r        *rand.Rand
	links    []*Link
	expected []bool // per link: LACP runs on it
}

func (w *swarm) chance(p float64) bool { return w.r.Float64() < p }

// between draws a time.
func (w *swarm) between(from, to time.Duration) time.Duration {
	return from + time.Duration(w.r.Int64N(int64(to-from)))
}

// build makes the two Systems. All ports of a System have one key.
func (w *swarm) build() error {
	links := 1 + w.r.IntN(4)
	for i, name := range []string{"a", "b"} {
		node, err := w.AddNode(name, lacp.Config{
			System:         lacp.SystemID{Priority: uint16(w.r.UintN(3)), MAC: lacp.MAC{2, 0, 0, 0, 0, byte(10 + i)}},
			RequirePartner: w.chance(0.5),
			HeedExpired:    w.chance(0.3),
		})
		if err != nil {
			return err
		}
		passive, short, coupled := w.chance(0.3), w.chance(0.5), w.chance(0.3)
		for n := range links {
			c := lacp.PortConfig{Number: lacp.PortNumber(n + 1), Key: lacp.Key(i + 1), CoupledControl: coupled}
			c.Passive = passive != w.chance(0.1) // most ports of a System are alike
			c.ShortTimeout = short != w.chance(0.1)
			if _, err := node.AddPort(c); err != nil {
				return err
			}
		}
	}
	a, b := w.nodes[0].Ports, w.nodes[1].Ports
	for i, j := range w.r.Perm(links) {
		w.links = append(w.links, w.Connect(a[i], b[j]))
		w.expected = append(w.expected, !a[i].Config.Passive || !b[j].Config.Passive)
	}
	return nil
}

// faults impairs the links and lets things fail for a while.
func (w *swarm) faults() error {
	end := w.between(time.Second, 40*time.Second)
	if w.chance(0.2) {
		end *= 6
	}
	for _, l := range w.links {
		for d := range l.Direction {
			l.Direction[d] = w.impairment()
		}
		w.At(w.between(0, end/4+1), func() { l.SetCarrier(true) })
	}
	for range w.r.IntN(6) {
		w.At(w.between(0, end), w.fault())
	}
	return w.Advance(end)
}

func (w *swarm) impairment() Impairment {
	i := Impairment{Delay: w.between(0, 50*time.Millisecond)}
	if w.chance(0.5) {
		i.Loss = w.r.Float64() * 0.6
	}
	if w.chance(0.3) {
		i.Duplicate = w.r.Float64() * 0.5
	}
	if w.chance(0.3) {
		i.Jitter = w.between(time.Microsecond, maxFaultDelay-i.Delay)
	}
	return i
}

// fault draws something that happens to a link or a System.
func (w *swarm) fault() func() {
	l := w.links[w.r.IntN(len(w.links))]
	side := w.r.IntN(2)
	node := w.nodes[side]
	for_ := w.between(time.Millisecond, 20*time.Second)
	switch w.r.IntN(8) {
	case 0:
		return func() { l.SetCarrier(false); w.At(for_, func() { l.SetCarrier(true) }) }
	case 1:
		p := l.ends[side]
		return func() { l.SetCarrierAt(p, false); w.At(for_, func() { l.SetCarrierAt(p, true) }) }
	case 2, 3:
		return func() { l.Direction[side].Cut = true }
	case 4:
		return func() { l.Direction[side] = w.impairment() }
	case 5:
		return func() { w.fail(node.Restart()) }
	case 6:
		return func() {
			if !node.dead {
				node.Stop()
				w.At(for_, func() { w.fail(node.Start()) })
			}
		}
	}
	p := l.ends[side]
	c := p.Config
	c.ShortTimeout = !c.ShortTimeout
	c.Priority = uint16(w.r.UintN(4))
	return func() {
		p.FailSends = w.r.IntN(3)
		if !node.dead {
			w.fail(p.SetPort(c))
		}
	}
}

// heal ends all faults, and tests that the Systems have settled in time and
// stay so.
func (w *swarm) heal() error {
	for w.pendingCalls() { // carrier and Systems come back
		w.endImpairments()
		if err := w.Advance(time.Second); err != nil {
			return err
		}
	}
	w.endImpairments()
	for _, l := range w.links {
		l.SetCarrier(true)
	}
	for _, d := range []time.Duration{Settling, 5 * time.Second} {
		if err := w.Advance(d); err != nil {
			return err
		}
		if err := w.checkConverged(); err != nil {
			return err
		}
	}
	return nil
}

func (w *swarm) endImpairments() {
	for _, l := range w.links {
		l.Direction = [2]Impairment{{Delay: 10 * time.Millisecond}, {Delay: 10 * time.Millisecond}}
		l.ends[0].FailSends, l.ends[1].FailSends = 0, 0
	}
}

func (w *swarm) pendingCalls() bool {
	for _, e := range w.queue {
		if e.call != nil {
			return true
		}
	}
	return false
}

// checkConverged tests that all links on which LACP runs are in one LAG and carry
// data, and that the others do as their configuration says: Individual links
// where no partner is required.
func (w *swarm) checkConverged() error {
	for i, l := range w.links {
		for _, p := range l.ends {
			st := p.Status()
			switch usable := st.Usable(); {
			case w.expected[i]:
				if !usable || st.Receive != lacp.ReceiveCurrent {
					return p.violation("has not come up: %v, %v %v, actor %v, partner %v", st.Reason, st.Receive, st.Mux, st.Actor.State, st.Partner.State)
				}
				if first := w.firstOf(p.Node).Status(); st.SelectedAggregator != first.SelectedAggregator {
					return p.violation("is on aggregator %d, %d is its LAG's", st.SelectedAggregator, first.SelectedAggregator)
				}
			case usable == p.Node.config.RequirePartner:
				return p.violation("both ends are Passive, it carries data: %v, partner required: %v", usable, p.Node.config.RequirePartner)
			}
		}
	}
	return nil
}

// firstOf returns the first port of a node on which LACP runs.
func (w *swarm) firstOf(node *Node) *Port {
	for i, l := range w.links {
		for _, p := range l.ends {
			if p.Node == node && w.expected[i] {
				return p
			}
		}
	}
	return nil
}

// Describe lists what a run of Swarm was about.
func (n *Network) Describe() string {
	text := ""
	for _, node := range n.nodes {
		text += fmt.Sprintf("%s %v require partner %v\n", node.Name, node.config.System, node.config.RequirePartner)
		for _, p := range node.Ports {
			text += fmt.Sprintf("  %v to %v: %+v\n", p, p.Peer(), p.Config)
		}
	}
	return text
}
