package bond

import (
	"time"

	"github.com/lagkit/lagkit/internal/intake"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// applyEffects carries out what the mode asks for, in that order, until it asks for nothing
// more. It follows each input of the mode.
func (b *Bond) applyEffects(now time.Time) {
	up := b.ready.Up()
	for {
		effects := b.mode.Effects()
		if len(effects) == 0 {
			return
		}
		var failed []mode.Effect
		for _, e := range effects {
			if e.Kind != mode.EffectSend {
				b.applyEffect(now, e, up)
				continue
			}
			if b.sendControl(now, e) {
				failed = append(failed, e)
			}
		}
		b.notSent(now, failed)
	}
}

// notSent reports to the mode the frames that could not be sent.
func (b *Bond) notSent(now time.Time, failed []mode.Effect) {
	for _, e := range failed {
		b.mode.SendFailed(now, e)
	}
}

// applyEffect carries out an effect other than sending. up is whether the bond carried data
// before the input: otherwise it announces its stations as it comes up.
func (b *Bond) applyEffect(now time.Time, e mode.Effect, up bool) {
	switch e.Kind {
	case mode.EffectCarry:
		b.republished = true
		b.publish()
	case mode.EffectEmpty:
		if b.moving.Emptied(e.Member, e.Generation) {
			b.releaseHeld()
		}
	case mode.EffectActive:
		b.activate(e.Member, up)
	case mode.EffectAnnounce:
		if up {
			b.startAnnouncing(now)
		}
	case mode.EffectDrained:
		b.emit(Event{Kind: EventDrained, Member: b.members[e.Member].link.Name()})
	case mode.EffectLoop:
		m := b.members[e.Member]
		b.emit(Event{Kind: EventLoop, Member: m.link.Name(), Up: m.usable, Source: e.Source})
		b.log.Warn("own LACPDU received", "member", m.link.Name(), "source", e.Source.String(),
			"carries_data", m.usable, "advice", lacp.ReasonLoopbackSelf.Advice(),
			"linux", b.name+": An illegal loopback occurred on slave "+m.link.Name())
	case mode.EffectFailed:
		b.log.Error("mode has failed", "member", b.members[e.Member].link.Name(), "error", e.Err)
	}
}

// activate reports that ModeFailover has chosen another member, and announces the bond's
// stations, once the interfaces have the addresses for that.
func (b *Bond) activate(id mode.ID, up bool) {
	var active *member
	if id != mode.None {
		active = b.members[id]
	}
	b.setAddrs(active, func() {
		e := Event{Kind: EventActive}
		if active != nil {
			e.Member = active.link.Name()
		}
		b.emit(e)
		if up && active != nil {
			b.startAnnouncing(time.Now())
		}
	})
}

// receiveControl passes every slow-protocols frame to the mode and answers Markers. It reports
// changes at once, with the frame's sender, because the next frame may reverse them.
func (b *Bond) receiveControl(m *member, f *intake.Frame) {
	if b.untold {
		b.tellChanges(lacp.MAC{}) // caused by earlier inputs
	}
	frame, before := f.Data(), b.mode.Code(m.id)
	b.republished = false
	b.mode.Receive(f.At, m.id, frame)
	b.applyEffects(f.At)
	if b.republished || b.mode.Code(m.id) != before {
		b.tellChanges(mode.Sender(frame))
	}
	var buf [lacp.FrameLen]byte
	if answer, ok := m.responder.Respond(f.At, frame, buf[:0]); ok {
		b.answerMarker(time.Now(), m, answer)
	}
}
