package bond

import (
	"log/slog"
	"time"

	"github.com/lagkit/lagkit/internal/logq"
)

// What the bond logs goes through a queue: a Logger that blocks, as on a pipe without a
// reader, never holds up LACP. Records that find no room are dropped, and a later record
// says how many.
const (
	logQueue   = 256         // records
	logTimeout = time.Second // how long the end of a bond waits for them to be written
)

// openLog makes the bond's logger of the configured one.
func (b *Bond) openLog() {
	h := b.cfg.Logger.Handler()
	if _, queued := h.(*logq.Handler); !queued && h != slog.DiscardHandler {
		b.logs = logq.New(h, logQueue)
		h = b.logs
	}
	b.log = slog.New(h).With("bond", b.name)
}

// closeLog writes what is still queued.
func (b *Bond) closeLog() {
	if b.logs != nil {
		_ = b.logs.Close(logTimeout) // the Logger still blocks: there is no one to tell
	}
}
