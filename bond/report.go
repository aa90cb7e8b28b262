package bond

import (
	"context"
	"log/slog"

	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/lacp"
)

// tellChanges reports each member that began or stopped carrying data, or whose reason
// changed. source is the sender of the frame that caused it; zero if no frame did.
func (b *Bond) tellChanges(source lacp.MAC) {
	b.untold = false
	if b.left { // all members are leaving
		return
	}
	heard, silent := false, false // some member hears a partner; some hears none
	for m := range b.members.active {
		r := b.reason(m)
		heard, silent = heard || !mode.Partnerless(r.Code), silent || mode.Unanswered(r.Code)
		now := report{r.Code, m.usable, b.hold(m)}
		old := m.reported
		if now == old {
			continue
		}
		m.reported = now
		b.emit(Event{Kind: EventMember, Member: m.link.Name(), Up: m.usable, Reason: r, Hold: now.hold, Source: source})
		b.logReason(m, old.reason, r, now.hold, source)
	}
	if alone := silent && !heard; alone != b.alone {
		b.alone = alone
		if alone {
			b.log.Warn("no partner answers on any member", "linux", b.name+": Warning: No 802.3ad response from the link partner for any adapters in the bond")
		}
	}
}

// logReason logs that the reason of a member has changed.
func (b *Bond) logReason(m *member, from lacp.ReasonCode, r lacp.Reason, hold Hold, source lacp.MAC) {
	level := slog.LevelInfo
	if r.Code.Severity() >= lacp.SeverityMisconfiguration {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.String("member", m.link.Name()), slog.String("from", from.String()), slog.String("to", r.Code.String()),
		slog.Bool("carries_data", m.usable)}
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add("hold", hold.String())
	if text := r.String(); text != r.Code.String() { // it has values
		add("reason", text)
	}
	add("advice", r.Code.Advice())
	if e := b.engine(); e != nil {
		if p, ok := e.System().Port(e.Port(m.id)); ok && p.Partner.System.MAC != (lacp.MAC{}) {
			add("partner", p.Partner.System.MAC.String())
		}
	}
	if source != (lacp.MAC{}) {
		add("source", source.String())
	}
	b.log.LogAttrs(context.Background(), level, "member changed", attrs...)
}
