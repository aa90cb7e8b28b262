package chassis

import (
	"context"
	"log/slog"
)

// logText is the record of an event in the log.
type logText struct {
	level slog.Level
	text  string
}

// logTexts are the texts of each kind of event, without Up and with it.
var logTexts = [...][2]logText{
	EventActive:     {{slog.LevelInfo, "active chassis changed"}},
	EventPermission: {{slog.LevelInfo, "LAG not carried"}, {slog.LevelInfo, "LAG carried"}},
	EventChassis:    {{slog.LevelWarn, "chassis silent"}, {slog.LevelInfo, "chassis heard"}},
	EventStore:      {{slog.LevelError, "store does not answer"}, {slog.LevelInfo, "store answers"}},
	EventDifference: {{slog.LevelInfo, "chassis no longer differs"}, {slog.LevelWarn, "chassis differs"}},
	EventReport:     {{slog.LevelWarn, "report of a chassis not exchanged"}},
	EventVeto:       {{slog.LevelWarn, "takeover vetoed"}},
	EventIsolated:   {{slog.LevelInfo, "contact found again"}, {slog.LevelError, "LAG carried without contact"}},
	EventName:       {{slog.LevelError, "another chassis has this name"}},
}

// log writes an event to the log.
func (c *Chassis) log(e *Event) {
	t := logTexts[e.Kind][0]
	if e.Up {
		t = logTexts[e.Kind][1]
	}
	attrs := []slog.Attr{slog.String("lag", e.LAG)}
	if e.Chassis != "" {
		attrs = append(attrs, slog.String("chassis", string(e.Chassis)))
	}
	if e.Epoch != 0 {
		attrs = append(attrs, slog.Uint64("epoch", e.Epoch))
	}
	if e.Cause != CauseNone {
		attrs = append(attrs, slog.String("cause", e.Cause.String()))
	}
	if e.Reason.Code != 0 {
		attrs = append(attrs, slog.String("reason", e.Reason.String()))
	}
	if e.Difference.Name != "" {
		attrs = append(attrs, slog.String("difference", e.Difference.String()))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	c.group.Logger.LogAttrs(context.Background(), t.level, t.text, attrs...)
}
