package sim

import (
	"fmt"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// calmDelay is the delay of each link after the faults have ended.
const calmDelay = 10 * time.Millisecond

// calm ends all faults. Afterwards all Systems run and can send, and all links have carrier
// and pass all frames.
func (n *Network) calm() error {
	for _, node := range n.nodes {
		node.Wake()
		if err := node.Start(); err != nil {
			return err
		}
		for _, p := range node.Ports {
			p.FailSends = 0
			if p.link != nil && p.end == 0 {
				p.link.Direction = [2]Impairment{{Delay: calmDelay}, {Delay: calmDelay}}
				p.link.SetCarrier(true)
			}
		}
	}
	return n.err
}

// quiet is the time after the last fault until a port that receives no more LACPDUs is
// certain to be Defaulted and to have attached. Its partner may have taken it for Active,
// and so have sent LACPDUs until the partner itself was in DEFAULTED.
const quiet = 2*(lacp.LongTimeoutTime+lacp.ShortTimeoutTime) + lacp.AggregateWaitTime + maxFaultDelay

// settle ends all faults and tests that the Systems settle in time and stay settled.
func (n *Network) settle() error {
	if err := n.calm(); err != nil {
		return err
	}
	for _, d := range []time.Duration{Settling, 5 * time.Second} {
		if err := n.Advance(d); err != nil {
			return err
		}
		if _, err := n.converged(false); err != nil {
			return err
		}
	}
	if silent, _ := n.converged(false); !silent {
		return nil
	}
	if err := n.Advance(quiet - Settling); err != nil {
		return err
	}
	_, err := n.converged(true)
	return err
}

// violation is the error for a broken invariant.
type violation struct{ text string }

func (v *violation) Error() string { return v.text }

// runsLACP reports whether the port's link carries LACPDUs.
func (p *Port) runsLACP() bool {
	peer := p.Peer()
	return p.enabled() && peer != nil && peer.enabled() && !(p.Config.Passive && peer.Config.Passive)
}

func (p *Port) enabled() bool {
	return !p.removed && !p.Config.Disabled && p.Link.Duplex != lacp.DuplexHalf
}

// alone reports whether one end of the link is Individual.
func (p *Port) alone() bool { return p.Config.Individual || p.Peer().Config.Individual }

// operKey returns the port's operational key.
func (p *Port) operKey() lacp.Key {
	if p.Config.StaticKey {
		return p.Config.Key
	}
	return lacp.FoldKey(p.Config.Key, p.Link)
}

// usableAlone reports whether the port carries data without a partner.
func (p *Port) usableAlone() bool {
	s := p.Config.PartnerAdmin.State
	if p.Config.PartnerAdmin == (lacp.Info{}) {
		s = lacp.DefaultPartnerAdmin(p.Config.Number).State
	}
	return !p.Node.config.RequirePartner && s.Has(lacp.StateSynchronization) && (s.Has(lacp.StateCollecting) || p.Config.CoupledControl)
}

// converged tests that all links that run LACP carry data at both ends, and that links
// with the same keys share one aggregator. silent reports whether some links do not run
// LACP. If alone is set, converged also tests that these behave as configured.
func (n *Network) converged(alone bool) (silent bool, err error) {
	type lag struct {
		node      *Node
		own, peer lacp.Key
		to        *Node
	}
	aggregators := map[lag]lacp.AggregatorID{}
	used := map[lag]int{}
	ports := map[lag]int{}
	for _, node := range n.nodes {
		for _, p := range node.Ports {
			if p.removed || p.link == nil || !p.Link.Up {
				continue
			}
			st := p.Status()
			if !p.runsLACP() {
				silent = true
				if alone && node.config.Fallback == lacp.FallbackNone && st.Usable() != p.usableAlone() {
					return silent, p.violation("has no partner and carries data = %v, want %v (%v)", st.Usable(), p.usableAlone(), st.Reason)
				}
				continue
			}
			if !st.Usable() && limitOf(node, p.Peer().Node) == 0 || st.Receive != lacp.ReceiveCurrent || st.Fallback || st.Suppressed {
				return silent, p.violation("has not come up: %v, %v %v, actor %v, partner %v", st.Reason, st.Receive, st.Mux, st.Actor.State, st.Partner.State)
			}
			if p.alone() {
				continue // an invariant already tests that it is alone on its aggregator
			}
			l := lag{node, p.operKey(), p.Peer().operKey(), p.Peer().Node}
			if first, ok := aggregators[l]; ok && first != st.SelectedAggregator {
				return silent, p.violation("is on aggregator %d, want %d like the rest of its LAG", st.SelectedAggregator, first)
			}
			aggregators[l] = st.SelectedAggregator
			ports[l]++
			if st.Usable() {
				used[l]++
			}
			if peer := p.Peer().Status(); st.Usable() != peer.Usable() {
				return silent, p.violation("carries data = %v, want it as on %v (%v)", st.Usable(), p.Peer(), peer.Reason)
			}
		}
	}
	for l, n := range ports {
		if limit := limitOf(l.node, l.to); limit > 0 {
			n = min(n, limit)
		}
		// A port whose partner has fallen silent counts as used until it loses the partner.
		if used[l] > n || used[l] < n && !(silent && !alone && limitOf(l.node, l.to) > 0) {
			return silent, &violation{fmt.Sprintf("%v %s: %d links of the LAG with %s carry data, want %d", l.node.network.now, l.node.Name, used[l], l.to.Name, n)}
		}
	}
	return silent, nil
}

// limitOf returns how many links two Systems use at most, or 0 without a limit.
func limitOf(a, b *Node) int {
	switch x, y := a.config.MaxLinks, b.config.MaxLinks; {
	case x == 0:
		return y
	case y == 0:
		return x
	default:
		return min(x, y)
	}
}

func (p *Port) violation(format string, args ...any) error {
	return &violation{fmt.Sprintf("%v %v: "+format, append([]any{p.Node.network.now, p}, args...)...)}
}
