// Package notify reports to the service manager that started lacpd, such as systemd, what
// lacpd is doing: ready, reading its file again, stopping, and still alive. Without a
// manager that asks for it, nothing is reported.
package notify

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Manager is the service manager. A nil Manager takes no reports. Only one goroutine at a time
// may use it.
type Manager struct {
	log      *slog.Logger
	watchdog time.Duration // longest silence before the manager restarts lacpd; 0: any
	status   string        // the last one sent
	failing  bool          // the last report did not arrive
}

// New returns the manager that the environment names (NOTIFY_SOCKET, WATCHDOG_USEC of
// sd_notify(3)).
func New(log *slog.Logger) *Manager {
	m := &Manager{log: log}
	var err error
	if m.watchdog, err = daemon.SdWatchdogEnabled(false); err != nil {
		log.Warn("watchdog of the service manager ignored", "error", err)
	}
	return m
}

// Ready reports that lacpd runs, or that it has read its file again.
func (m *Manager) Ready(status string) { m.report(daemon.SdNotifyReady + "\nSTATUS=" + status) }

// Reloading reports that lacpd has begun to read its file again. Ready ends that.
func (m *Manager) Reloading() {
	m.report(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec() + "STATUS=reading the configuration again")
}

// Stopping reports that lacpd has begun to end.
func (m *Manager) Stopping(status string) {
	m.report(daemon.SdNotifyStopping + "\nSTATUS=" + status)
}

// Status reports one line for people, unless the last one was the same.
func (m *Manager) Status(status string) {
	if m != nil && status != m.status {
		m.status = status
		m.report("STATUS=" + status)
	}
}

// Alive restarts the manager's watchdog. Call it whenever there is progress, and at the times
// of Beat.
func (m *Manager) Alive() {
	if m != nil && m.watchdog > 0 {
		m.report(daemon.SdNotifyWatchdog)
	}
}

// Beat returns a channel that receives three times in the time that the watchdog allows. It is
// nil without a watchdog. stop ends it.
func (m *Manager) Beat() (beat <-chan time.Time, stop func()) {
	if m == nil || m.watchdog <= 0 {
		return nil, func() {}
	}
	t := time.NewTicker(m.watchdog / 3)
	return t.C, t.Stop
}

// report sends a message. It logs the first failure of several.
func (m *Manager) report(state string) {
	if m == nil {
		return
	}
	_, err := daemon.SdNotify(false, state)
	if err != nil && !m.failing {
		m.log.Warn("service manager not reached", "error", fmt.Errorf("notify: %w", err))
	}
	m.failing = err != nil
}
