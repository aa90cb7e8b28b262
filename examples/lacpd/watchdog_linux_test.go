package main

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/notify"
)

// hungBond does not answer until it is released.
type hungBond struct {
	liveBond
	released chan struct{}
}

func (b *hungBond) Status() bond.Status {
	<-b.released
	return bond.Status{}
}

// TestWatchdogIsSilentWhileABondHangs checks that lacpd does not report that it is alive as long as
// the control of one bond does not answer.
func TestWatchdogIsSilentWhileABondHangs(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	m := newServiceManager(t, socket)
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "30000000")
	t.Setenv("WATCHDOG_PID", "")
	hung := &hungBond{released: make(chan struct{})}
	d := &daemon{log: slog.New(slog.DiscardHandler), manager: notify.New(slog.New(slog.DiscardHandler))}
	d.set([]managed{{cfg: config.Bond{Name: "bond0"}, live: hung}})
	probed := make(chan struct{})
	go func() {
		d.probe()
		close(probed)
	}()
	if err := m.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := m.conn.Read(make([]byte, 100)); err == nil {
		t.Errorf("a report of %d octets while a bond hangs, want none", n)
	}
	close(hung.released)
	<-probed
	if got := m.await(t, "."); strings.TrimSpace(got) != "WATCHDOG=1" {
		t.Errorf("report %q, want WATCHDOG=1", got)
	}
}
