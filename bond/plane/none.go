package plane

import (
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// None is a [Plane] that carries nothing: the members' data belongs to another party, such as
// the host's IP stack, a switch chip or another program. The bond speaks LACP on the members
// and reports which of them are in use. The zero value is ready to use.
type None struct {
	host Host
	plan *Plan
}

// Open keeps h for later reports.
func (n *None) Open(h Host) error {
	n.host = h
	return nil
}

// Apply accepts every plan. Whoever carries the data has to follow it.
func (n *None) Apply(p *Plan) error {
	n.release(p)
	n.plan = p
	return nil
}

// release releases the members that the next plan does not have; if next is nil, all of them.
func (n *None) release(next *Plan) {
	if n.plan == nil {
		return
	}
	for id := range n.plan.Members {
		port := n.plan.Members[id].Port
		stays := next != nil && id < len(next.Members) && next.Members[id].Port == port
		if port != nil && !stays {
			n.host.MemberReleased(port, MemberCounters{})
		}
	}
}

// Permit does nothing. Whoever carries the data has to look at the permission.
func (n *None) Permit(time.Duration) {}

// Counters returns zeros.
func (n *None) Counters() Counters { return Counters{} }

// MemberCounters returns zeros.
func (n *None) MemberCounters(link.Port) MemberCounters { return MemberCounters{} }

// Close releases all members.
func (n *None) Close() error {
	n.release(nil)
	n.plan = nil
	return nil
}
