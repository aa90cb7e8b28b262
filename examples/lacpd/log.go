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
	// logQueue is how many log records wait for a log that is not read.
	logQueue = 1024
	// logFlush is how long the end of the program waits for them.
	logFlush = time.Second
)

// programLog is the log of run. Nothing waits for its reader.
type programLog struct {
	*slog.Logger
	queue *logq.Handler
}

func newLog(w io.Writer) *programLog {
	records := slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: readable})
	queue := logq.New(mixed{records, w}, logQueue)
	return &programLog{slog.New(queue), queue}
}

// verbatim is the level of records that are written as they stand.
const verbatim = slog.Level(100)

// mixed writes records, and text that stands for itself.
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

// Write logs text as it stands, without time and level: what an operator reads who
// starts the program by hand.
func (l *programLog) Write(text []byte) (int, error) {
	l.Log(context.Background(), verbatim, string(text))
	return len(text), nil
}

// close writes what is left, if it is read.
func (l *programLog) close() { _ = l.queue.Close(logFlush) }

// readable leaves out attributes that have no value, and writes a MAC address as
// one: slog takes it for octets of a text.
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
