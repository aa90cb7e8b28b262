package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/guard"
	"github.com/lagkit/lagkit/examples/lacpd/internal/privilege"
)

// watchdogName is the command that lacpd run starts itself. No usage text has it.
const watchdogName = "watchdog"

// startGuards starts the process that guards the links of bonds, if any may need it while this lacpd
// runs. It comes before lacpd gives up the right to start programs.
func (d *daemon) startGuards(f *config.File) (err error) {
	needed := f.Chassis != nil || slices.ContainsFunc(f.Bonds, func(b config.Bond) bool { return b.Watched() })
	if needed && d.host.startGuards != nil {
		d.guards, err = d.host.startGuards(d.log)
	}
	return err
}

// startGuards starts this program as the process that guards links.
func startGuards(log *slog.Logger) (*guard.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	cmd := exec.Command(self, watchdogName)
	cmd.Stderr = os.Stderr
	return guard.Start(cmd, log)
}

// runWatchdog is the work of that process. It keeps the one capability that sets links down.
func runWatchdog(_ context.Context, orders io.Reader, answers, stderr io.Writer) int {
	log := newLog(stderr, logText)
	defer log.close()
	report, err := privilege.Drop(privilege.Limits{NoRaw: true})
	if err != nil {
		return failed(log, err)
	}
	for _, why := range report.Missing {
		log.Debug("privileges of the watchdog not limited in every way", "why", why)
	}
	err = guard.Run(orders, answers, guardMembers, func(bond string, down []string, err error) {
		if err != nil {
			log.Error("watchdog failed", "bond", bond, "error", err)
		}
		if len(down) > 0 {
			log.Warn("lacpd has ended without leaving the LAG, its links are down until it starts again", "bond", bond, "links", strings.Join(down, " "))
		}
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return failed(log, err)
	}
	return exitOK
}
