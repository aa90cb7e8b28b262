package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/group"
	"github.com/lagkit/lagkit/examples/lacpd/internal/guard"
	"github.com/lagkit/lagkit/examples/lacpd/internal/notify"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/examples/lacpd/internal/web"
)

// daemon holds the bonds of the file. Only the goroutine of run changes them.
type daemon struct {
	args runFlags
	host host
	log  *slog.Logger

	manager *notify.Manager // nil: lacpd has none

	swept   bool // devices of an earlier run have been removed
	pending *pending

	text     []byte               // of the file that the bonds were made from
	socket   *control.Socket      // nil in tests
	requests chan handoverRequest // of successors
	handed   bool                 // the bonds are a successor's
	prepared time.Duration        // since the boot, until when SIGTERM leaves the bonds to the next lacpd

	group  *group.Group   // nil: this box is alone
	guards *guard.Process // nil: no bond had a watchdog at the start

	ledger view.Ledger // of the counters that status reports
	web    *web.Server // nil without -http

	jobs    chan *job     // changes that clients ask for
	ended   chan struct{} // closed when run has ended
	news    newsroom
	parsing sync.Mutex // held while the text of a client is parsed

	mu    sync.Mutex // guards what follows, which view reads from another goroutine
	bonds []managed
	trial *view.Pending // of pending
}

func newDaemon(a runFlags, h host, log *slog.Logger) *daemon {
	return &daemon{args: a, host: h, log: log, jobs: make(chan *job), ended: make(chan struct{}), requests: make(chan handoverRequest)}
}

// start opens all bonds. It returns an error if no bond was opened and another try can't open
// one.
func (d *daemon) start(bonds []config.Bond) error {
	d.apply(bonds)
	var errs []error
	for _, m := range d.list() {
		if m.live != nil || !hopeless(m.fault.err) {
			return nil
		}
		errs = append(errs, m.fault.err)
	}
	return errors.Join(errs...)
}

// run keeps the bonds as the file describes them until ctx is done, or a successor has them.
func (d *daemon) run(ctx context.Context) {
	defer d.dropPending()
	defer close(d.ended)
	beat, stop := d.manager.Beat()
	defer stop()
	for {
		var again <-chan time.Time
		if next := d.nextRetry(); !next.IsZero() {
			again = time.After(time.Until(next))
		}
		select {
		case <-d.args.reload:
			d.reload()
		case j := <-d.jobs:
			j.result, j.err = j.run()
			close(j.done)
		case <-d.pendingTick():
			d.rollBackIfDue()
		case <-again:
			d.retry()
			d.manager.Status(d.summary())
		case <-beat:
			d.probe()
		case r := <-d.requests:
			err := d.handOver(r)
			if r.done <- err; err != nil {
				d.log.Error("bonds not handed over, lacpd goes on", "error", err)
			}
			if d.handed {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// probe restarts the service manager's watchdog once each bond has answered. If the control
// goroutine of one hangs, or this one does, the manager restarts lacpd.
func (d *daemon) probe() {
	for _, m := range d.list() {
		if m.live != nil {
			m.live.Status()
		}
	}
	d.manager.Alive()
}

// summary returns one line for the service manager.
func (d *daemon) summary() string {
	bonds, matching := d.list(), 0
	for i := range bonds {
		if bonds[i].fault == nil {
			matching++
		}
	}
	if matching == len(bonds) {
		if len(bonds) == 1 {
			return "1 bond"
		}
		return fmt.Sprintf("%d bonds", len(bonds))
	}
	return fmt.Sprintf("%d of %d bonds match the configuration, see lacpd status", matching, len(bonds))
}

// apply makes the bonds those of the file. It removes before it adds, because an interface
// may move from one bond to another. run retries later what fails.
func (d *daemon) apply(next []config.Bond) { d.applyAnd(next, func([]managed) {}) }

// applyAnd is apply with further changes of the bonds, which have the order of next.
func (d *daemon) applyAnd(next []config.Bond, further func([]managed)) {
	d.view() // the counters of members that leave go into the ledger
	before := d.list()
	bonds := make([]managed, len(next))
	for i := range next {
		if j := slices.IndexFunc(before, func(m managed) bool { return m.cfg.Name == next[i].Name }); j >= 0 {
			bonds[i] = before[j]
			d.warnFixed(&before[j], &next[i])
		}
		bonds[i].cfg, bonds[i].stale, bonds[i].out = next[i], true, nil
	}
	further(bonds)
	for _, m := range before {
		gone := !slices.ContainsFunc(next, func(c config.Bond) bool { return c.Name == m.cfg.Name })
		if gone && m.live != nil {
			d.discharge(&m)
			err := m.live.Close()
			d.manager.Alive()
			d.forget(m.cfg.Name)
			if err != nil {
				d.log.Error("bond removed, but not all its interfaces are restored", "bond", m.cfg.Name, "error", err)
			} else {
				d.log.Info("bond removed", "bond", m.cfg.Name)
			}
		}
	}
	d.set(bonds)
	d.converge(bonds, func(*managed) bool { return true })
}

// warnFixed logs the keys that a running bond keeps although the file has other values.
func (d *daemon) warnFixed(m *managed, next *config.Bond) {
	if m.live == nil {
		return
	}
	for _, c := range config.Diff(&m.cfg, next) {
		if c.Effect == config.EffectLater {
			d.log.Warn("key has no effect before lacpd starts again", "bond", m.cfg.Name, "key", c.Key, "from", c.From, "to", c.To)
		}
	}
}

// retry retries the bonds whose next try is due.
func (d *daemon) retry() {
	now := time.Now()
	d.converge(d.list(), func(m *managed) bool { return m.fault != nil && !m.fault.next.After(now) })
}

// converge makes the due bonds match their settings and stores all bonds. It first shrinks
// every due bond and then grows them.
func (d *daemon) converge(bonds []managed, due func(*managed) bool) {
	shrunk := make([]error, len(bonds))
	for i := range bonds {
		if due(&bonds[i]) {
			shrunk[i] = d.shrink(&bonds[i])
		}
	}
	for i := range bonds {
		m := &bonds[i]
		if !due(m) {
			continue
		}
		d.note(m, errors.Join(shrunk[i], d.grow(m)))
		d.set(bonds)
		d.manager.Alive()
	}
	d.sweep(bonds)
}

// sweep removes the devices that an earlier run left and no bond has taken over. It waits
// until all bonds are open.
func (d *daemon) sweep(bonds []managed) {
	if d.swept || slices.ContainsFunc(bonds, func(m managed) bool { return m.live == nil }) {
		return
	}
	d.swept = true
	if err := errors.Join(d.host.sweep(d.args.stateDir), d.removeStray(bonds)); err != nil {
		d.log.Warn("devices of an earlier run not removed", "error", err)
	}
}

// note records the result of a try in m, and logs it if it differs from the last.
func (d *daemon) note(m *managed, err error) {
	before := m.fault
	log := d.log.With("bond", m.cfg.Name)
	if err == nil {
		if before != nil {
			log.Info("bond now matches its configuration", "tries", m.retries+1)
		}
		m.fault, m.retries = nil, 0
		return
	}
	m.retries++
	m.fault = faultAfter(before, err, time.Now())
	if before != nil && before.err.Error() == err.Error() {
		return
	}
	what := "bond not opened, lacpd will retry"
	if m.live != nil {
		what = "bond does not match its configuration, lacpd will retry"
	}
	log.Error(what, "error", err)
}

// nextRetry returns when the next try is due, or zero without a fault.
func (d *daemon) nextRetry() (next time.Time) {
	for _, m := range d.list() {
		if m.fault != nil && (next.IsZero() || m.fault.next.Before(next)) {
			next = m.fault.next
		}
	}
	return next
}

// reload reads the file again and applies it. A refused file changes nothing.
func (d *daemon) reload() {
	if d.pending != nil {
		d.log.Error("configuration not read again: a change waits for lacpd confirm or lacpd rollback", "remaining", d.pending.remaining(d.host.bootTime()).String())
		return
	}
	d.manager.Reloading()
	defer func() { d.manager.Ready(d.summary()) }()
	f, err := usableConfig(d.host, d.args.config, d.running()...)
	if err == nil {
		f.Problems = append(f.Problems, d.unjoined(f)...)
		err = f.Refused()
	}
	if err != nil {
		d.logRefused(err)
		return
	}
	d.logWarnings(f)
	for _, c := range config.DiffChassis(d.section(), f.Chassis) {
		d.log.Warn("key has no effect before lacpd starts again", "section", "chassis", "key", c.Key, "from", c.From, "to", c.To)
	}
	d.text = f.Text
	d.apply(f.Bonds)
	failed := 0
	for _, m := range d.list() {
		if m.fault != nil {
			failed++
		}
	}
	if failed > 0 {
		d.log.Error("configuration read again, but not all of it applied", "bonds", len(f.Bonds), "failed", failed)
		return
	}
	d.log.Info("configuration read again", "bonds", len(f.Bonds))
}

// logRefused logs why a file is not used, with one record for each problem.
func (d *daemon) logRefused(err error) {
	var fe *config.Error
	if !errors.As(err, &fe) {
		d.log.Error("configuration not read, nothing changed", "error", err)
		return
	}
	for _, line := range fe.Lines() {
		d.log.Error("configuration refused", "problem", line)
	}
	d.log.Error("configuration refused, nothing changed", "problems", len(fe.Problems))
}

func (d *daemon) logWarnings(f *config.File) {
	for i := range f.Problems {
		if p := &f.Problems[i]; p.Warning {
			d.log.Warn("configuration warning", "problem", p.In(f.Name))
		}
	}
}

// links returns the machine's interfaces. It returns nil if they can't be listed; opening a
// bond then finds out which exist.
func (d *daemon) links() hostLinks {
	links, err := d.host.links()
	if err != nil {
		d.log.Warn("interfaces not listed", "error", err)
	}
	return links
}

// end calls f for all running bonds at the same time, so that each waits only for its own
// links.
func (d *daemon) end(f func(managed) error) error {
	results := make(chan error)
	running := slices.DeleteFunc(d.list(), func(m managed) bool { return m.live == nil })
	for _, m := range running {
		go func() { results <- f(m) }()
	}
	var errs []error
	for range running {
		errs = append(errs, <-results)
	}
	return errors.Join(errs...)
}

// close leaves the group and the LAGs.
func (d *daemon) close() error {
	left := d.leaveGroup()
	defer d.guards.Close()
	return errors.Join(left, d.end(func(m managed) error {
		d.guards.Release(m.cfg.Name)
		err := m.live.Close()
		d.forget(m.cfg.Name) // the partner knows that it has left
		return err
	}))
}

func (d *daemon) list() []managed {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.bonds)
}

func (d *daemon) set(bonds []managed) {
	d.mu.Lock()
	d.bonds = slices.Clone(bonds)
	d.mu.Unlock()
	d.news.changed()
}

func (d *daemon) view() view.Status {
	bonds := d.list()
	links, _ := d.host.links() // without them, members keep their old names
	v := view.Status{Bonds: make([]view.Bond, 0, len(bonds)), Pending: d.pendingView(), Chassis: d.group.View()}
	for i := range bonds {
		m := &bonds[i]
		b := viewManaged(m, links)
		b.Settings.Watchdog = d.watchdog(m)
		if m.live != nil && m.lag.Name != "" {
			st := m.live.Status()
			b.LAG = d.group.LAG(m.lag.Name, &st)
			b.Cause = view.Cause(&b)
		}
		v.Bonds = append(v.Bonds, b)
	}
	d.ledger.Apply(&v, time.Now())
	return v
}

func (d *daemon) pendingView() *view.Pending {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.trial
}
