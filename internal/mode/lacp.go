package mode

import (
	"errors"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// LACPSettings are the settings of [LACP].
type LACPSettings struct {
	System  lacp.Config
	Policy  lacp.AggregatorPolicy // chooses the aggregator that carries the data
	Foreign []lacp.Foreign        // ports of other chassis
}

// LACPConfig is what [LACP] begins with.
type LACPConfig struct {
	Settings         Settings
	PortBase         uint16        // the member with ID 0 has the port number above this
	FlushTimeout     time.Duration // how long a Marker waits for its answer; 0: the standard's
	FirstTransaction uint32        // of the Markers: one that the last run most likely did not use
	Restore          *lacp.Saved   // the state of the last run; nil: none
}

// LACP is a [Machine] that runs 802.1AX LACP on the members.
type LACP struct {
	effects
	settings Settings
	base     lacp.PortNumber
	sys      *lacp.System
	active   lacp.AggregatorID // the aggregator in use; 0: none yet
	election election
	members  []lacpMember // by ID

	markers *marker.Generator
	asked   map[marker.FlushID]question
}

// lacpMember is the state of a member besides that of its port.
type lacpMember struct {
	in    bool
	mux   lacp.Mux
	apart bool // held out because it is not on the active aggregator
	gates map[string]lacp.Gate
	loop  loop
}

// NewLACP returns a machine without members.
func NewLACP(now time.Time, cfg LACPConfig) (*LACP, error) {
	sys, err := lacp.NewSystem(cfg.Settings.LACP.System)
	if err != nil {
		return nil, err
	}
	if err := sys.SetForeign(now, cfg.Settings.LACP.Foreign); err != nil {
		return nil, err
	}
	if cfg.Restore != nil {
		sys.Restore(now, *cfg.Restore)
	}
	markers, err := marker.NewGenerator(marker.GeneratorConfig{
		System:           cfg.Settings.LACP.System.System.MAC,
		Timeout:          max(cfg.FlushTimeout, 0),
		FirstTransaction: cfg.FirstTransaction,
	})
	if err != nil {
		return nil, err
	}
	return &LACP{settings: cfg.Settings, base: lacp.PortNumber(cfg.PortBase), sys: sys,
		markers: markers, asked: make(map[marker.FlushID]question)}, nil
}

// Port returns a member's LACP port number.
func (l *LACP) Port(id ID) lacp.PortNumber { return l.base + lacp.PortNumber(id) + 1 }

// id returns the member with a port number.
func (l *LACP) id(n lacp.PortNumber) ID { return ID(n - l.base - 1) }

// System returns the System, for queries.
func (l *LACP) System() *lacp.System { return l.sys }

// Aggregator returns the aggregator in use; 0 before the first.
func (l *LACP) Aggregator() lacp.AggregatorID { return l.active }

// has reports whether a member was added and not removed.
func (l *LACP) has(id ID) bool { return int(id) < len(l.members) && l.members[id].in }

// Add implements [Machine].
func (l *LACP) Add(now time.Time, m Member) error {
	n := l.Port(m.ID)
	if err := l.sys.AddPort(now, l.portConfig(&m)); err != nil {
		return err
	}
	for int(m.ID) >= len(l.members) {
		l.members = append(l.members, lacpMember{})
	}
	l.members[m.ID] = lacpMember{in: true}
	l.holdPath(now, m.ID)
	l.permit(now, m.ID)
	if err := errors.Join(l.setGates(now, &m), l.markers.AddPort(n, m.Port.MAC)); err != nil {
		return err
	}
	l.settle(now)
	return nil
}

// portConfig returns the configuration of a member's port.
func (l *LACP) portConfig(m *Member) lacp.PortConfig {
	cfg := m.Port
	cfg.Number = l.Port(m.ID)
	// A silent partner is assumed to want a LACPDU each second. Peers that gave up on us send
	// only every 30 s, but they answer any LACPDU that they get.
	cfg.PartnerAdmin = lacp.Info{Key: lacp.Key(cfg.Number), Port: lacp.PortID{Number: cfg.Number}, State: lacp.StateTimeout}
	return cfg
}

// Remove implements [Machine].
func (l *LACP) Remove(now time.Time, id ID) {
	if !l.has(id) {
		return
	}
	_ = l.sys.RemovePort(now, l.Port(id)) // a member has a port
	l.members[id] = lacpMember{}
	l.settle(now)
}

// Configure implements [Machine].
func (l *LACP) Configure(now time.Time, s Settings, members []Member) error {
	before := l.settings
	l.settings = s
	err := errors.Join(l.sys.SetConfig(now, s.LACP.System), l.sys.SetForeign(now, s.LACP.Foreign))
	if s.Held != before.Held {
		err = errors.Join(err, l.holdAll(now))
	}
	for i := range members {
		m := &members[i]
		drain := l.sys.Undrain
		if m.Drained {
			drain = l.sys.Drain
		}
		err = errors.Join(err, l.sys.SetPort(now, l.portConfig(m)), l.setGates(now, m), drain(now, l.Port(m.ID)))
		l.settle(now)
	}
	l.elect(now) // the policy may have changed
	l.settle(now)
	return err
}

// SetLink implements [Machine].
func (l *LACP) SetLink(now time.Time, id ID, link lacp.Link) {
	_ = l.sys.SetLink(now, l.Port(id), link) // a member has a port
	l.settle(now)
	if !link.Up {
		_ = l.markers.PortDown(now, l.Port(id)) // fails only without the port
		l.settleMarkers(now)
	}
}

// Advance implements [Machine].
func (l *LACP) Advance(now time.Time) {
	l.sys.Advance(now)
	l.settle(now)
	if l.election.due(now) {
		l.elect(now)
		l.settle(now)
	}
	l.markers.Advance(now)
	l.settleMarkers(now)
}

// Deadline implements [Machine].
func (l *LACP) Deadline() time.Time {
	return earliest(onTick(l.sys.Deadline()), l.markers.Deadline(), l.election.until)
}

// SendFailed implements [Machine].
func (l *LACP) SendFailed(now time.Time, e Effect) {
	if n := l.Port(e.Member); e.marker {
		l.markers.TransmitFailed(now, n, e.transaction)
		l.settleMarkers(now)
	} else {
		l.sys.TransmitFailed(now, n)
		l.settle(now)
	}
}

// settle turns the System's actions into effects until it has no more.
func (l *LACP) settle(now time.Time) {
	for l.takeActions(now) && l.holdOthersOut(now) {
	}
}

// takeActions turns the System's pending actions into effects, and reports whether there may be
// more to do. A change of the data path comes before the LACPDU that reports it: when the
// partner begins to distribute, we must already collect.
func (l *LACP) takeActions(now time.Time) bool {
	changed, asks := false, false
	actions := l.sys.Actions()
	for _, a := range actions {
		id := l.id(a.Port)
		switch a.Kind {
		case lacp.ActionMux:
			l.members[id].mux = a.Mux
			changed = true
		case lacp.ActionFlush:
			l.ask(now, id, question{id: id, engine: true})
			asks = true
		case lacp.ActionDrained:
			l.add(Effect{Kind: EffectDrained, Member: id})
		case lacp.ActionTransmit:
			if changed {
				l.elect(now)
				changed = false
			}
			l.send(Effect{Kind: EffectSend, Member: id}, a.AppendFrame)
		}
	}
	waits := l.election.waits()
	if changed || waits {
		l.elect(now)
	}
	if asks {
		l.settleMarkers(now)
	}
	return len(actions) > 0 || waits
}

// Carries implements [Machine].
func (l *LACP) Carries(id ID) (collect, distribute bool) {
	if !l.has(id) {
		return false, false
	}
	m := &l.members[id]
	if m.mux.Aggregator == 0 || m.mux.Aggregator != l.active || l.looped(id) {
		return false, false
	}
	return m.mux.Collecting, m.mux.Distributing
}

// looped reports whether the other end of the member's link is this System too.
func (l *LACP) looped(id ID) bool {
	p, ok := l.sys.Peer(l.Port(id))
	return ok && p.Current && p.Info.System == l.sys.ID()
}

// Patience returns how long the partners of the members that distribute wait for a LACPDU: the
// shortest of their timeouts. It returns 0 without such a partner.
func (l *LACP) Patience() (least time.Duration) {
	for i := range l.members {
		if _, distributes := l.Carries(ID(i)); !distributes {
			continue
		}
		p, ok := l.sys.Peer(l.Port(ID(i)))
		if !ok || !p.Current {
			continue
		}
		timeout := lacp.LongTimeoutTime
		if p.Info.State.Has(lacp.StateTimeout) {
			timeout = lacp.ShortTimeoutTime
		}
		if least == 0 || timeout < least {
			least = timeout
		}
	}
	return least
}

// Code implements [Machine].
func (l *LACP) Code(id ID) lacp.ReasonCode { return l.sys.Reason(l.Port(id)).Code }

// Reason implements [Machine].
func (l *LACP) Reason(id ID) lacp.Reason {
	p, ok := l.sys.Port(l.Port(id))
	if !ok {
		return lacp.Reason{Code: lacp.ReasonLinkDown}
	}
	_, distributes := l.Carries(id)
	if l.isApart(id, &p) || p.Reason.Code == lacp.ReasonDistributing && !distributes {
		return l.sys.OffAggregatorReason(l.Port(id), l.active)
	}
	return p.Reason
}

// isApart reports whether the port carries no data because it, or the partner's port, is on an
// aggregator other than the one in use.
func (l *LACP) isApart(id ID, p *lacp.PortStatus) bool {
	if l.active == 0 || p.SelectedAggregator == 0 || p.SelectedAggregator == l.active {
		return false
	}
	switch p.Reason.Code {
	case lacp.ReasonGateHold:
		return l.members[id].apart
	case lacp.ReasonPartnerNotInSync, lacp.ReasonPartnerNotCollecting:
		return true
	case lacp.ReasonPartnerDefaultedUs:
		// At the slow rate, the partner's first LACPDU, sent before it received ours, may stay
		// the newest.
		return !p.OneWay
	}
	return false
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

// tick is the grid of the LACP timers, shared by all bonds of a process. A wake-up costs more
// than the work done in it, so one wake-up serves all ports that are due within a tick. A
// timer may be served 250 ms late (802.1AX-2014, 6.4.4), and the delay does not add up.
const tick = 20 * time.Millisecond

// onTick returns the first point of the grid that is not before at; zero if at is zero.
func onTick(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	// Truncate would lose the monotonic clock reading, and changes of the wall clock would
	// then shift at.
	if past := time.Duration(at.UnixNano()) % tick; past > 0 {
		return at.Add(tick - past)
	}
	return at
}
