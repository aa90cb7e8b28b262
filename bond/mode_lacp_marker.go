package bond

import (
	"errors"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// Markers: finding out that what was sent on a member has arrived (6.5).

// newMarkers returns the Marker Generator of a LACP System. Its transactions begin
// at a number that the last run has most likely not used.
func newMarkers(cfg *Config, addr lacp.MAC) (*marker.Generator, error) {
	return marker.NewGenerator(marker.GeneratorConfig{
		System:           addr,
		Timeout:          max(cfg.FlushTimeout, 0),
		FirstTransaction: uint32(time.Now().UnixNano()),
	})
}

// flush asks by a Marker on each of the members.
func (l *lacpMode) flush(now time.Time, members []*member, done func(*member)) {
	for _, m := range members {
		l.ask(now, m, func() { done(m) })
	}
	l.actMarkers(now)
}

// delivers is of flusher. A partner that hears us and has taken the link out of use
// received what came before.
func (l *lacpMode) delivers(m *member) bool {
	p, ok := l.sys.Port(l.port(m))
	return ok && p.Receive == lacp.ReceiveCurrent && p.Partner.State&(lacp.StateExpired|lacp.StateDefaulted) == 0
}

// forget is of flusher. Until then a Marker finds out when what was sent on a member
// that leaves has arrived.
func (l *lacpMode) forget(now time.Time, m *member) {
	_ = l.markers.RemovePort(now, l.port(m)) // it was added
	l.actMarkers(now)
}

// ask has done called when all that was sent on the member has arrived, or can't
// any more. Without an answer it is called too, after the timeout.
func (l *lacpMode) ask(now time.Time, m *member, done func()) {
	id, err := l.markers.Flush(now, l.port(m), marker.WholeMember)
	if err != nil {
		l.bond.log.Warn("member not flushed by a Marker", "member", m.link.Name(), "error", err)
		return
	}
	l.asked[id] = done
}

// actMarkers carries out what the Marker Generator asks for.
func (l *lacpMode) actMarkers(now time.Time) {
	var ended []func()
	var failed []marker.Action
	for _, a := range l.markers.Actions() {
		switch a.Kind {
		case marker.ActionTransmit:
			m := l.member(a.Port)
			l.frame = a.AppendFrame(l.frame[:0])
			if err := m.link.WriteControl(l.frame); err != nil {
				failed = append(failed, a)
			}
		case marker.ActionDone:
			if done := l.asked[a.Flush.ID]; done != nil {
				ended = append(ended, done)
			}
			delete(l.asked, a.Flush.ID)
		}
	}
	for _, a := range failed {
		l.markers.TransmitFailed(now, a.Port, a.PDU.TransactionID)
	}
	for _, done := range ended {
		done()
	}
}

// drain has the System drain the members that are to be, and use those again that
// are no longer.
func (l *lacpMode) drain(now time.Time) error {
	var errs []error
	for _, m := range l.bond.members {
		switch {
		case m.phase != phaseActive:
		case m.drained:
			errs = append(errs, l.sys.Drain(now, l.port(m)))
		default:
			errs = append(errs, l.sys.Undrain(now, l.port(m)))
		}
		l.act(now)
	}
	return errors.Join(errs...)
}
