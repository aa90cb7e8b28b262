package bond

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// lacpMode runs 802.1AX LACP on the members.
type lacpMode struct {
	bond   *Bond
	sys    *lacp.System
	active lacp.AggregatorID // the aggregator that is the bond; 0: none yet
	frame  []byte            // scratch for LACPDUs
}

func newLACPMode(b *Bond) (*lacpMode, error) {
	sys, err := lacp.NewSystem(lacp.Config{
		System:         lacp.SystemID{Priority: b.cfg.SystemPriority, MAC: lacp.MAC(b.addr)},
		AggregateWait:  b.cfg.AggregateWait,
		RequirePartner: true,
		HeedExpired:    true,
		LeadPartner:    true,
		Trace:          b.cfg.Trace,
	})
	if err != nil {
		return nil, err
	}
	return &lacpMode{bond: b, sys: sys}, nil
}

func (l *lacpMode) add(now time.Time, m *member) error {
	if err := l.sys.AddPort(now, l.portConfig(m)); err != nil {
		return err
	}
	l.act(now)
	return nil
}

// portConfig is what the bond's configuration says of a member's port.
func (l *lacpMode) portConfig(m *member) lacp.PortConfig {
	n := m.port()
	return lacp.PortConfig{
		Number:         n,
		Key:            l.bond.cfg.Key,
		MAC:            lacp.MAC(m.link.HardwareAddr()),
		Passive:        l.bond.cfg.Passive,
		ShortTimeout:   l.bond.cfg.Rate == RateFast,
		CoupledControl: l.bond.cfg.CoupledControl,
		// A silent partner is assumed to want a LACPDU each second: peers that
		// gave up on us send only each 30 s, but answer any that they get.
		PartnerAdmin: lacp.Info{Key: lacp.Key(n), Port: lacp.PortID{Number: n}, State: lacp.StateTimeout},
	}
}

// settingsChanged gives every port what is new.
func (l *lacpMode) settingsChanged(now time.Time, _ Config) {
	for _, m := range l.bond.members {
		if m.removed {
			continue
		}
		if err := l.sys.SetPort(now, l.portConfig(m)); err != nil {
			l.bond.log.Error("settings of the port not changed", "member", m.link.Name(), "error", err)
		}
		l.act(now)
	}
	l.bond.publish()
}

func (l *lacpMode) remove(now time.Time, m *member) {
	l.sys.RemovePort(now, m.port())
	l.act(now)
}

func (l *lacpMode) linkChanged(now time.Time, m *member) {
	l.sys.SetLink(now, m.port(), m.seen.Link)
	l.act(now)
}

func (l *lacpMode) receive(now time.Time, m *member, frame []byte) {
	l.sys.Receive(now, m.port(), frame)
	l.act(now)
}

func (l *lacpMode) advance(now time.Time) {
	l.sys.Advance(now)
	l.act(now)
}

func (l *lacpMode) deadline() time.Time { return l.sys.Deadline() }

// act carries out what the System asks for. The data path changes before a
// partner is told: it must find us collecting when it begins to distribute.
func (l *lacpMode) act(now time.Time) {
	changed := false
	for _, a := range l.sys.Actions() {
		m := l.bond.members[a.Port-1]
		switch a.Kind {
		case lacp.ActionMux:
			m.mux = a.Mux
			changed = true
		case lacp.ActionTransmit:
			if changed {
				l.elect()
				changed = false
			}
			l.frame = a.AppendFrame(l.frame[:0])
			if err := m.link.WriteControl(l.frame); err != nil {
				l.bond.log.Warn("LACPDU not sent", "member", m.link.Name(), "error", err)
				defer l.sys.TransmitFailed(now, a.Port)
			}
		}
	}
	if changed {
		l.elect()
	}
}

// elect chooses the aggregator that is the bond, and puts the members' new
// states in force. The one that is stays as long as it carries data; otherwise
// the one with the most distributing links is taken, of equal ones the first.
func (l *lacpMode) elect() {
	type load struct{ distributing, collecting int }
	loads := make(map[lacp.AggregatorID]load)
	best := lacp.AggregatorID(0)
	for _, m := range l.bond.members {
		id := m.mux.Aggregator
		if id == 0 || m.removed || l.looped(m) {
			continue
		}
		n := loads[id]
		if m.mux.Distributing {
			n.distributing++
		}
		if m.mux.Collecting {
			n.collecting++
		}
		loads[id] = n
	}
	better := func(a, b lacp.AggregatorID) bool {
		x, y := loads[a], loads[b]
		switch {
		case x.distributing != y.distributing:
			return x.distributing > y.distributing
		case x.collecting != y.collecting:
			return x.collecting > y.collecting
		}
		return a < b
	}
	for id := range loads {
		if best == 0 || better(id, best) {
			best = id
		}
	}
	stays := loads[l.active].distributing > 0 || loads[best].distributing == 0 && loads[l.active].collecting > 0
	if !stays {
		l.active = best
	}
	l.bond.publish()
}

// looped reports whether the member's link ends on this System too.
func (l *lacpMode) looped(m *member) bool {
	p, ok := l.sys.Port(m.port())
	return ok && p.Receive == lacp.ReceiveCurrent && p.Partner.System == l.sys.ID()
}

func (l *lacpMode) carries(m *member) (collect, distribute bool) {
	if m.removed || m.mux.Aggregator == 0 || m.mux.Aggregator != l.active || l.looped(m) {
		return false, false
	}
	return m.mux.Collecting, m.mux.Distributing
}

func (l *lacpMode) reason(m *member) lacp.Reason {
	p, ok := l.sys.Port(m.port())
	switch {
	case !ok:
		return lacp.Reason{Code: lacp.ReasonLinkDown}
	case p.Reason.Code != lacp.ReasonDistributing || m.usable || m.drained || l.bond.short:
		return p.Reason
	case l.looped(m):
		return lacp.Reason{Code: lacp.ReasonLoopbackSystem, Since: p.Reason.Since}
	}
	return lacp.Reason{Code: lacp.ReasonLostElection, Since: p.Reason.Since}
}

func (l *lacpMode) status(st *Status) {
	st.System = l.sys.ID()
	for a := range l.sys.Aggregators() {
		if a.ID == l.active {
			st.Aggregator = a
		}
	}
	for i := range st.Members {
		st.Members[i].LACP, _ = l.sys.Port(l.bond.members[st.Members[i].ID].port())
	}
}
