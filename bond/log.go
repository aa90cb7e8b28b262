package bond

import (
	"log/slog"
	"time"

	"github.com/lagkit/lagkit/internal/logq"
)

// The bond logs through a queue, so that a Logger that blocks, such as one that writes to a
// pipe without a reader, never delays LACP. Records that do not fit are dropped, and a later
// record reports how many.
const (
	logQueue   = 256         // records
	logTimeout = time.Second // how long closing a bond waits until they are written
)

// openLog makes the bond's logger from the configured one.
func (b *Bond) openLog() {
	h := b.cfg.Logger.Handler()
	if _, queued := h.(*logq.Handler); !queued && h != slog.DiscardHandler {
		b.logs = logq.New(h, logQueue)
		h = b.logs
	}
	b.log = slog.New(h).With("bond", b.name)
}

// closeLog writes the records that are still queued.
func (b *Bond) closeLog() {
	if b.logs != nil {
		_ = b.logs.Close(logTimeout) // an error means that the Logger still blocks, so it can't be logged
	}
}
