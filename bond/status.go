package bond

import (
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// Status is a snapshot of a bond.
type Status struct {
	Name         string
	Mode         Mode
	HardwareAddr net.HardwareAddr
	MTU          int
	Hash         hash.Policy
	Rate         Rate
	Passive      bool

	Speed  uint32 // sum of the speeds of the members in use, in Mb/s; in ModeBroadcast the lowest; 0: unknown
	Device DeviceStatus

	Up    bool      // at least one member carries data
	Since time.Time // of the last change of Up

	System     lacp.SystemID         // the bond's own
	Active     string                // ModeFailover: the member in use; empty: none
	Aggregator lacp.AggregatorStatus // the bond's; its ID is 0 if the bond has no aggregator
	Candidates []lacp.Candidate      // the LAGs that the bond could use, best first by LACPConfig.Policy
	Counters   BondCounters
	Former     Counters // the sum of the counters of members that have left
	Members    []MemberStatus
	Missing    []MissingMember // interfaces that the bond waits for
}

// MemberStatus is a snapshot of one member.
type MemberStatus struct {
	ID           int // its place in the bond, from 0
	Name         string
	HardwareAddr net.HardwareAddr // its own
	Link         link.State
	Carries      bool        // data is sent on it
	Reason       lacp.Reason // why it carries data or not; a member with MTUMismatch does carry data
	Hold         Hold        // what the bond itself adds to the mode's decision
	Counters     Counters
	LACP         lacp.PortStatus
}

// Status returns a snapshot of the bond. After Close it returns the last one.
func (b *Bond) Status() Status {
	var st Status
	if !b.do(func() { st = b.snapshot() }) {
		if b.stopped != nil {
			<-b.stopped
		}
		return b.last
	}
	return st
}

// snapshot returns the status. It runs on the control goroutine.
func (b *Bond) snapshot() Status {
	st := Status{
		Name: b.name, Mode: b.cfg.Mode, HardwareAddr: slices.Clone(b.addr), MTU: b.cfg.MTU,
		Hash: b.cfg.policy(), Rate: b.cfg.Rate, Passive: b.cfg.Passive,
		Counters: b.plane.Counters(),
	}
	st.Speed, st.Device = b.speed(), b.deviceStatus()
	st.Up, st.Since = b.ready.up, b.ready.since
	for _, m := range b.members {
		if m.phase != phaseActive {
			continue
		}
		st.Members = append(st.Members, MemberStatus{
			ID: int(m.id), Name: m.link.Name(), HardwareAddr: m.link.HardwareAddr(),
			Link: m.state, Carries: m.usable, Reason: b.reason(m), Hold: b.hold(m), Counters: b.memberCounters(m),
		})
	}
	st.Former = b.sumFormer()
	st.Missing = b.missingMembers()
	b.modeStatus(&st)
	return st
}
