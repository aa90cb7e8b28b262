package bond

import (
	"context"
	"log/slog"

	"github.com/lagkit/lagkit/lacp"
)

// tellChanges reports each member that began or stopped carrying data, or whose reason
// changed. source is the sender of the frame that caused it; zero if no frame did.
func (b *Bond) tellChanges(source lacp.MAC) {
	b.untold = false
	if b.left { // all members are leaving
		return
	}
	for m := range b.members.active {
		r := b.reason(m)
		now := report{r.Code, m.usable, b.hold(m)}
		old := m.reported
		if now == old {
			continue
		}
		m.reported = now
		b.emit(Event{Kind: EventMember, Member: m.link.Name(), Up: m.usable, Reason: r, Hold: now.hold, Source: source})
		level := slog.LevelInfo
		if r.Code.Severity() >= lacp.SeverityMisconfiguration {
			level = slog.LevelWarn
		}
		attrs := []slog.Attr{slog.String("member", m.link.Name()), slog.String("from", old.reason.String()), slog.String("to", r.String()),
			slog.Bool("carries_data", m.usable)}
		if now.hold != HoldNone {
			attrs = append(attrs, slog.String("hold", now.hold.String()))
		}
		if advice := r.Code.Advice(); advice != "" {
			attrs = append(attrs, slog.String("advice", advice))
		}
		if source != (lacp.MAC{}) {
			attrs = append(attrs, slog.String("source", source.String()))
		}
		b.log.LogAttrs(context.Background(), level, "member changed", attrs...)
	}
}
