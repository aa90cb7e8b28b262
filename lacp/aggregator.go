package lacp

import "slices"

// aggregator is one Aggregator with the ports that selected it, ordered by number.
type aggregator struct {
	id    AggregatorID
	owner *port // the port with the same number
	lag   LAGID // of the ports; zero without ports
	ports []*port

	unranked bool // the choice of STANDBY ports is out of date
	recount  bool // the operational state is out of date
	enough   bool // enough ports distribute (MinLinks)
	released bool // enough, and AdminState is up: the ports may carry data
	up       bool // aAggOperState: the ports carry data
}

// join adds p after it has selected the aggregator.
func (a *aggregator) join(p *port) {
	if len(a.ports) == 0 {
		a.lag = p.lagID()
	}
	i, _ := slices.BinarySearchFunc(a.ports, p.cfg.Number, func(q *port, n PortNumber) int {
		return int(q.cfg.Number) - int(n)
	})
	a.ports = slices.Insert(a.ports, i, p)
	p.aggregator = a
	a.unranked, a.recount = true, true
}

// leave removes p.
func (a *aggregator) leave(p *port) {
	if i := slices.Index(a.ports, p); i >= 0 {
		a.ports = slices.Delete(a.ports, i, i+1)
	}
	if len(a.ports) == 0 {
		a.lag = LAGID{}
	}
	p.aggregator = nil
	a.unranked = true
}

// individual reports whether the aggregator carries an Individual link.
func (a *aggregator) individual() bool { return a.lag.Local.Port != PortID{} }

// ready is the variable Ready: every port that waits to attach has waited long
// enough. STANDBY ports do not count.
func (a *aggregator) ready() bool {
	for _, p := range a.ports {
		if p.mux == MuxWaiting && p.selected == Selected && !p.readyN {
			return false
		}
	}
	return true
}

// connects reports whether p's link leads to a port of this same System that
// selected the aggregator.
func (a *aggregator) connects(p *port) bool {
	if p.partner.System != p.actor.System {
		return false
	}
	return slices.ContainsFunc(a.ports, func(q *port) bool { return q.actor.Port == p.partner.Port })
}

// rerank marks the aggregator, so that its ports are ranked again. It does nothing if
// a is nil.
func (a *aggregator) rerank() {
	if a != nil {
		a.unranked = true
	}
}
