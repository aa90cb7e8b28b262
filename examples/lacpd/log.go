package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"time"

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
}

func newLog(w io.Writer) *programLog {
	records := slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: readable})
	queue := logq.New(mixed{records, w}, logQueue)
	return &programLog{slog.New(queue), queue}
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
		_, err := io.WriteString(m.text, r.Message)
		return err
	}
	return m.Handler.Handle(ctx, r)
}

// Write logs text unchanged, without time and level. An operator who starts the program by
// hand reads it.
func (l *programLog) Write(text []byte) (int, error) {
	l.Log(context.Background(), verbatim, string(text))
	return len(text), nil
}

// close waits up to logFlush until the queued records are written.
func (l *programLog) close() { _ = l.queue.Close(logFlush) }

// readable leaves out attributes without a value and formats MAC addresses, which slog
// would write as the octets of a text.
func readable(_ []string, a slog.Attr) slog.Attr {
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
