package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// The intervals of -watch.
const (
	usualInterval    = time.Second
	shortestInterval = 100 * time.Millisecond
	longestInterval  = time.Hour
)

// watchFlag is the value of -watch, which may be left out.
type watchFlag struct {
	on       bool
	interval time.Duration
}

// IsBoolFlag lets the flag stand without a value.
func (w *watchFlag) IsBoolFlag() bool { return true }

// String returns the interval; empty: not set.
func (w *watchFlag) String() string {
	if !w.on {
		return ""
	}
	return w.interval.String()
}

// Set reads an interval such as "5s".
func (w *watchFlag) Set(s string) error {
	if s == "true" { // the flag without a value
		w.on, w.interval = true, usualInterval
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < shortestInterval || d > longestInterval {
		return fmt.Errorf("allowed: %v to %v", shortestInterval, longestInterval)
	}
	w.on, w.interval = true, d
	return nil
}

// take takes the first argument that is an interval, as in "bond0 -watch 5s", and returns the others.
func (w *watchFlag) take(args []string) []string {
	if i := slices.IndexFunc(args, func(s string) bool { return w.Set(s) == nil }); i >= 0 {
		return slices.Delete(slices.Clone(args), i, i+1)
	}
	return args
}

// runStatusWatch shows the status until ctx is done. It fails only if lacpd does not answer at the
// beginning.
func runStatusWatch(ctx context.Context, a *statusFlags, only string, stdout, stderr io.Writer) int {
	s, err := readBonds(ctx, a.socket, only)
	if err != nil {
		return failed(stderr, err)
	}
	show := showBlock
	if isTerminal(stdout) {
		// The alternate screen, without cursor and without wrapping lines.
		fmt.Fprint(stdout, "\x1b[?1049h\x1b[?25l\x1b[?7l")
		defer fmt.Fprint(stdout, "\x1b[?7h\x1b[?25h\x1b[?1049l")
		show = showScreen
	}
	at := time.Now()
	var before *view.Status
	var elapsed time.Duration
	tick := time.NewTicker(a.watch.interval)
	defer tick.Stop()
	for {
		if err := show(stdout, watched(s, before, err, at, elapsed), at, a.watch.interval); err != nil {
			return failed(stderr, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return exitOK
		}
		var next *view.Status
		if next, err = readBonds(ctx, a.socket, only); err == nil {
			now := time.Now()
			s, before, at, elapsed = next, s, now, now.Sub(at)
		}
	}
}

// watched returns the text of a status, or why it has no text.
func watched(s, before *view.Status, err error, now time.Time, elapsed time.Duration) string {
	var out bytes.Buffer
	if err == nil {
		err = render.TextSince(&out, s, before, now, elapsed)
	}
	if err != nil {
		return err.Error() + "\n"
	}
	return out.String()
}

// showBlock prints a status below the one before.
func showBlock(w io.Writer, text string, at time.Time, _ time.Duration) error {
	_, err := fmt.Fprintf(w, "--- %s\n%s", at.Format(time.RFC3339), text)
	return err
}

// showScreen prints a status over the one before. Each line has its place, so a status with too
// many lines keeps its beginning.
func showScreen(w io.Writer, text string, at time.Time, interval time.Duration) error {
	var out bytes.Buffer
	line := 0
	put := func(s string) {
		line++
		fmt.Fprintf(&out, "\x1b[%d;1H%s\x1b[K", line, strings.TrimSuffix(s, "\n"))
	}
	put(fmt.Sprintf("lacpd status, every %v, %s (Ctrl-C ends)", interval, at.Format(time.TimeOnly)))
	put("")
	for s := range strings.Lines(text) {
		put(s)
	}
	out.WriteString("\x1b[J")
	_, err := w.Write(out.Bytes())
	return err
}

// isTerminal reports whether w is a terminal that understands ANSI sequences.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
