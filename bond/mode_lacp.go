package bond

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// lacpMode runs 802.1AX LACP on the members.
type lacpMode struct {
	bond   *Bond
	base   lacp.PortNumber // Config.PortBase
	sys    *lacp.System
	active lacp.AggregatorID // the aggregator that the bond uses; 0: none yet
	frame  []byte            // scratch for LACPDUs

	benched  map[lacp.PortNumber]bool // ports held out because they are not on the active aggregator
	election election
	loops    map[lacp.PortNumber]loop
	changed  bool // elect ran during receive: members may have begun or stopped carrying data

	markers *marker.Generator
	asked   map[marker.FlushID]func() // called when the flush has ended
}

func newLACPMode(b *Bond) (*lacpMode, error) {
	sys, err := lacp.NewSystem(b.cfg.system(lacp.MAC(b.system), b.cfg.Trace))
	if err != nil {
		return nil, err
	}
	if b.cfg.Restore != nil {
		sys.Restore(time.Now(), *b.cfg.Restore)
		b.cfg.Restore = nil // once
	}
	markers, err := newMarkers(&b.cfg, lacp.MAC(b.system))
	if err != nil {
		return nil, err
	}
	return &lacpMode{bond: b, base: lacp.PortNumber(b.cfg.PortBase), sys: sys, markers: markers,
		benched: make(map[lacp.PortNumber]bool), loops: make(map[lacp.PortNumber]loop),
		asked: make(map[marker.FlushID]func())}, nil
}

// port returns a member's LACP port number, and member the member with a port number.
func (l *lacpMode) port(m *member) lacp.PortNumber   { return l.base + lacp.PortNumber(m.id) + 1 }
func (l *lacpMode) member(n lacp.PortNumber) *member { return l.bond.members[n-l.base-1] }

func (l *lacpMode) add(now time.Time, m *member) error {
	if err := l.sys.AddPort(now, l.portConfig(m)); err != nil {
		return err
	}
	l.holdPort(now, m)
	l.bond.applyGates(now, m, l)
	if err := l.markers.AddPort(l.port(m), lacp.MAC(m.link.HardwareAddr())); err != nil {
		return err
	}
	l.act(now)
	return nil
}

// portConfig returns the configuration of a member's LACP port.
func (l *lacpMode) portConfig(m *member) lacp.PortConfig {
	n, name := l.port(m), m.link.Name()
	key, rate := l.bond.cfg.Key, l.bond.cfg.Rate
	if k, ok := l.bond.cfg.Keys[name]; ok {
		key = k
	}
	if r, ok := l.bond.cfg.Rates[name]; ok {
		rate = r
	}
	return lacp.PortConfig{
		Number:         n,
		Priority:       l.bond.cfg.PortPriority[name],
		Key:            key,
		MAC:            lacp.MAC(m.link.HardwareAddr()),
		Passive:        l.bond.cfg.Passive,
		ShortTimeout:   rate == RateFast,
		CoupledControl: l.bond.cfg.CoupledControl,

		TimeoutMultiplier: l.bond.cfg.LACP.TimeoutMultiplier,
		// A silent partner is assumed to want a LACPDU each second. Peers that gave up on us
		// send only every 30 s, but they answer any LACPDU that they get.
		PartnerAdmin: lacp.Info{Key: lacp.Key(n), Port: lacp.PortID{Number: n}, State: lacp.StateTimeout},
	}
}

// settingsChanged passes new settings to the System and to every port.
func (l *lacpMode) settingsChanged(now time.Time, _ Config) {
	if err := l.sys.SetConfig(now, l.bond.cfg.system(lacp.MAC(l.bond.system), l.bond.cfg.Trace)); err != nil {
		l.bond.log.Error("LACP settings not changed", "error", err)
	}
	for _, m := range l.bond.members {
		if m.phase == phaseGone {
			continue
		}
		if err := l.sys.SetPort(now, l.portConfig(m)); err != nil {
			l.bond.log.Error("LACP port settings not changed", "member", m.link.Name(), "error", err)
		}
		l.act(now)
	}
	if err := l.drain(now); err != nil {
		l.bond.log.Error("members not drained", "error", err)
	}
	l.reelect(now) // the policy may have changed
}

func (l *lacpMode) remove(now time.Time, m *member) {
	l.sys.RemovePort(now, l.port(m))
	delete(l.benched, l.port(m))
	delete(l.loops, l.port(m))
	l.act(now)
}

func (l *lacpMode) linkChanged(now time.Time, m *member) {
	l.sys.SetLink(now, l.port(m), m.seen.Link)
	l.act(now)
	if !m.seen.Link.Up {
		_ = l.markers.PortDown(now, l.port(m))
		l.actMarkers(now)
	}
}

func (l *lacpMode) advance(now time.Time) {
	l.sys.Advance(now)
	l.act(now)
	if l.election.due(now) {
		l.reelect(now)
	}
	l.markers.Advance(now)
	l.actMarkers(now)
}

func (l *lacpMode) deadline() time.Time {
	return earliest(onTick(l.sys.Deadline()), l.markers.Deadline(), l.election.until)
}

// earliest returns the earliest of the times, ignoring zero ones.
func earliest(times ...time.Time) (at time.Time) {
	for _, t := range times {
		if at.IsZero() || !t.IsZero() && t.Before(at) {
			at = t
		}
	}
	return at
}

// act carries out the System's actions until it has no more.
func (l *lacpMode) act(now time.Time) {
	for l.carryOut(now) && l.bench(now) {
	}
}

// carryOut carries out the pending actions once, and reports whether there may be more to do.
// It changes the data path before it sends the LACPDU that reports the change: when the
// partner begins to distribute, we must already collect.
func (l *lacpMode) carryOut(now time.Time) bool {
	changed := false
	var failed, flush []lacp.PortNumber
	actions := l.sys.Actions()
	asked := len(actions) > 0
	for _, a := range actions {
		m := l.member(a.Port)
		switch a.Kind {
		case lacp.ActionMux:
			m.mux = a.Mux
			changed = true
		case lacp.ActionFlush:
			flush = append(flush, a.Port)
		case lacp.ActionDrained:
			l.bond.emit(Event{Kind: EventDrained, Member: m.link.Name()})
		case lacp.ActionTransmit:
			if changed {
				l.elect(now)
				changed = false
			}
			l.frame = a.AppendFrame(l.frame[:0])
			if err := m.link.WriteControl(l.frame); err != nil {
				l.bond.log.Warn("LACPDU not sent", "member", m.link.Name(), "error", err)
				failed = append(failed, a.Port)
			}
		}
	}
	waits := l.election.waits()
	if changed || waits {
		l.elect(now)
	}
	for _, n := range failed {
		l.sys.TransmitFailed(now, n)
	}
	for _, n := range flush {
		l.ask(now, l.member(n), func() {
			_ = l.sys.Flushed(time.Now(), n) // the port may be gone by now
			l.act(time.Now())
		})
	}
	if len(flush) > 0 {
		l.actMarkers(now)
	}
	return asked || waits
}

// looped reports whether the other end of the member's link is this System too.
func (l *lacpMode) looped(m *member) bool {
	p, ok := l.sys.Port(l.port(m))
	return ok && p.Receive == lacp.ReceiveCurrent && p.Partner.System == l.sys.ID()
}

func (l *lacpMode) carries(m *member) (collect, distribute bool) {
	if m.phase == phaseGone || m.mux.Aggregator == 0 || m.mux.Aggregator != l.active || l.looped(m) {
		return false, false
	}
	return m.mux.Collecting, m.mux.Distributing
}

func (l *lacpMode) reason(m *member) lacp.Reason {
	p, ok := l.sys.Port(l.port(m))
	switch {
	case !ok:
		return lacp.Reason{Code: lacp.ReasonLinkDown}
	case l.isApart(&p):
		return l.sys.OffAggregatorReason(l.port(m), l.active)
	case p.Reason.Code != lacp.ReasonDistributing || m.usable || m.drained || l.bond.short:
		return p.Reason
	}
	return l.sys.OffAggregatorReason(l.port(m), l.active)
}

// isApart reports whether the port carries no data because it, or the partner's port, is on an
// aggregator other than the one in use.
func (l *lacpMode) isApart(p *lacp.PortStatus) bool {
	if l.active == 0 || p.SelectedAggregator == 0 || p.SelectedAggregator == l.active {
		return false
	}
	switch p.Reason.Code {
	case lacp.ReasonGateHold:
		return l.benched[p.Config.Number]
	case lacp.ReasonPartnerNotInSync, lacp.ReasonPartnerNotCollecting:
		return true
	case lacp.ReasonPartnerDefaultedUs:
		// At the slow rate, the partner's first LACPDU, sent before it received ours, may stay
		// the newest.
		return !p.OneWay
	}
	return false
}

func (l *lacpMode) status(st *Status) {
	st.System = l.sys.ID()
	st.Candidates = l.sys.Candidates(l.bond.cfg.LACP.Policy, l.active)
	for a := range l.sys.Aggregators() {
		if a.ID == l.active {
			st.Aggregator = a
		}
	}
	for i := range st.Members {
		st.Members[i].LACP, _ = l.sys.Port(l.port(l.bond.members[st.Members[i].ID]))
	}
}
