package notify

import (
	"bytes"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// listen makes the socket of a service manager and returns a function that reads a message.
func listen(t *testing.T) (read func() string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Skipf("needs Unix datagram sockets: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	t.Setenv("NOTIFY_SOCKET", name)
	return func() string {
		if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4096)
		n, err := conn.Read(b)
		if err != nil {
			t.Fatalf("no message: %v", err)
		}
		return string(b[:n])
	}
}

// TestManagerReceivesTheStateChanges checks each message.
func TestManagerReceivesTheStateChanges(t *testing.T) {
	read := listen(t)
	t.Setenv("WATCHDOG_USEC", "3000000")
	t.Setenv("WATCHDOG_PID", "")
	m := New(slog.New(slog.DiscardHandler))
	for _, tt := range []struct {
		report func()
		want   string // a regular expression
	}{
		{func() { m.Ready("2 bonds") }, `READY=1\nSTATUS=2 bonds`},
		{func() { m.Status("1 bond") }, `STATUS=1 bond`},
		{func() { m.Status("1 bond"); m.Alive() }, `WATCHDOG=1`}, // the same status is not sent twice
		{m.Reloading, `RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*\nSTATUS=.+`},
		{func() { m.Stopping("leaving") }, `STOPPING=1\nSTATUS=leaving`},
	} {
		tt.report()
		if got := read(); !regexp.MustCompile("^" + tt.want + "$").MatchString(got) {
			t.Errorf("message %q, want %q", got, tt.want)
		}
	}
}

// TestBeatComesOftenEnough checks that three beats fit in the time of the watchdog, and that
// no beat comes without a watchdog.
func TestBeatComesOftenEnough(t *testing.T) {
	t.Setenv("WATCHDOG_PID", "")
	for usec, want := range map[string]bool{"30000": true, "": false} {
		t.Setenv("WATCHDOG_USEC", usec)
		beat, stop := New(slog.New(slog.DiscardHandler)).Beat()
		if got := beat != nil; got != want {
			t.Errorf("WATCHDOG_USEC=%q: beats %v, want %v", usec, got, want)
		}
		if want {
			start := time.Now()
			<-beat
			if took := time.Since(start); took < 5*time.Millisecond {
				t.Errorf("first beat after %v, want 10 ms", took)
			}
		}
		stop()
	}
	t.Setenv("WATCHDOG_USEC", "soon")
	var log bytes.Buffer
	beat, _ := New(slog.New(slog.NewTextHandler(&log, nil))).Beat()
	if beat != nil || !strings.Contains(log.String(), "watchdog of the service manager ignored") {
		t.Errorf("WATCHDOG_USEC=soon: beats %v and the log %q, want a warning and no beats", beat != nil, &log)
	}
}

// TestReportsWithoutAManager checks that a nil manager takes all reports, and that a manager
// that is gone is logged once.
func TestReportsWithoutAManager(t *testing.T) {
	var none *Manager
	none.Ready("")
	none.Reloading()
	none.Status("x")
	none.Alive()
	none.Stopping("")
	if beat, stop := none.Beat(); beat != nil {
		t.Error("a nil manager has beats, want none")
	} else {
		stop()
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nothing"))
	t.Setenv("WATCHDOG_USEC", "")
	var log bytes.Buffer
	m := New(slog.New(slog.NewTextHandler(&log, nil)))
	m.Ready("")
	m.Status("x")
	if got := strings.Count(log.String(), "service manager not reached"); got != 1 {
		t.Errorf("%d warnings, want 1: %s", got, &log)
	}
}
