package bond

import (
	"errors"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// Markers find out whether the frames sent on a member have arrived (6.5).

// newMarkers returns the Marker Generator of a LACP System. Its transaction numbers begin at a
// value that the last run most likely did not use.
func newMarkers(cfg *Config, addr lacp.MAC) (*marker.Generator, error) {
	return marker.NewGenerator(marker.GeneratorConfig{
		System:           addr,
		Timeout:          max(cfg.FlushTimeout, 0),
		FirstTransaction: uint32(time.Now().UnixNano()),
	})
}

// flush sends a Marker on each of the members.
func (l *lacpMode) flush(now time.Time, members []*member, done func(*member)) {
	for _, m := range members {
		l.ask(now, m, func() { done(m) })
	}
	l.actMarkers(now)
}

// delivers implements flusher. A partner that hears us and has taken the link out of use has
// received what was sent before.
func (l *lacpMode) delivers(m *member) bool {
	p, ok := l.sys.Port(l.port(m))
	return ok && p.Receive == lacp.ReceiveCurrent && p.Partner.State&(lacp.StateExpired|lacp.StateDefaulted) == 0
}

// forget implements flusher. Until it is called, a Marker finds out when the frames sent on a
// leaving member have arrived.
func (l *lacpMode) forget(now time.Time, m *member) {
	_ = l.markers.RemovePort(now, l.port(m)) // can't fail: the port was added
	l.actMarkers(now)
}

// ask arranges that done is called when everything sent on the member has arrived, or can't
// arrive any more. If no answer comes, done is called after the timeout.
func (l *lacpMode) ask(now time.Time, m *member, done func()) {
	id, err := l.markers.Flush(now, l.port(m), marker.WholeMember)
	if err != nil {
		l.bond.log.Warn("member not flushed by a Marker", "member", m.link.Name(), "error", err)
		return
	}
	l.asked[id] = done
}

// actMarkers carries out the actions of the Marker Generator.
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

// drain makes the System drain the members marked as drained and use the others again.
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
