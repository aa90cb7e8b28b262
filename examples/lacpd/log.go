package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/logstep"
	"github.com/lagkit/lagkit/examples/lacpd/internal/logsum"
	"github.com/lagkit/lagkit/internal/logq"
)

const (
	// logQueue is the most log records that wait while the log is not read.
	logQueue = 1024
	// logFlush is how long the program waits at its end to write them.
	logFlush = time.Second
)

// programLog is the log of run. Logging never waits for the reader of the log.
type programLog struct {
	*slog.Logger
	queue *logq.Handler
	sums  *logsum.Handler
}

// The values of -log-format.
const (
	logText = "text"
	logJSON = "json"
)

// newLog returns a log that is written to w as text or, with logJSON, as JSON.
func newLog(w io.Writer, format string) *programLog {
	options := &slog.HandlerOptions{ReplaceAttr: readable}
	var records slog.Handler = mixed{slog.NewTextHandler(w, options), w}
	if format == logJSON {
		records = slog.NewJSONHandler(w, options)
	}
	sums := logsum.New(records)
	queue := logq.New(logstep.New(sums), logQueue)
	return &programLog{slog.New(queue), queue, sums}
}

// verbatim is the level of records that are written as plain text.
const verbatim = slog.Level(100)

// mixed writes records and plain text.
type mixed struct {
	slog.Handler
	text io.Writer
}

func (m mixed) Handle(ctx context.Context, r slog.Record) error {
	if r.Level == verbatim {
		_, err := io.WriteString(m.text, r.Message+"\n")
		return err
	}
	return m.Handler.Handle(ctx, r)
}

// WithAttrs keeps the plain text.
func (m mixed) WithAttrs(attrs []slog.Attr) slog.Handler {
	return mixed{m.Handler.WithAttrs(attrs), m.text}
}

// Write logs each line of text: unchanged, without time and level, in a log of text, because an
// operator who starts the program by hand reads it.
func (l *programLog) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		l.Log(context.Background(), verbatim, strings.TrimSuffix(line, "\n"))
	}
	return len(text), nil
}

// close waits up to logFlush until the queued records are written, and then the sums of those
// that were left out.
func (l *programLog) close() {
	_ = l.queue.Close(logFlush)
	written := make(chan struct{})
	go func() { defer close(written); l.sums.Flush() }()
	select {
	case <-written:
	case <-time.After(logFlush):
	}
}

// readable leaves out attributes without a value and formats MAC addresses, which slog
// would write as the octets of a text.
func readable(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.LevelKey && len(groups) == 0 && a.Value.Any() == verbatim {
		return slog.Any(a.Key, slog.LevelError)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		if a.Value.String() == "" {
			return slog.Attr{}
		}
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case nil:
			return slog.Attr{}
		case net.HardwareAddr:
			return slog.String(a.Key, v.String())
		}
	}
	return a
}
