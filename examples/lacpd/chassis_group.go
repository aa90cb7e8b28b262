package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/group"
)

// joinGroup begins to join the group of the file, if it has one.
func (d *daemon) joinGroup(c *config.Chassis, files group.Files) {
	if c == nil {
		return
	}
	d.group = group.New(c, group.Settings{Files: files, Open: d.host.openStore, Dir: lastingDir(d.args.stateDir), Log: d.log, News: d.news.put})
}

// lastingDir returns the directory for what outlives the boot: that of the service manager, or else the
// one of -state-dir.
func lastingDir(stateDir string) string {
	if dirs := filepath.SplitList(os.Getenv("STATE_DIRECTORY")); len(dirs) > 0 {
		return dirs[0]
	}
	return stateDir
}

// section returns the section of the group that lacpd is in, or nil.
func (d *daemon) section() *config.Chassis {
	if d.group == nil {
		return nil
	}
	return d.group.Config
}

// errNoGroup is why a bond has no LAG of several boxes.
var errNoGroup = errors.New("lacpd was started without the section chassis: start it again")

// identify gives a bond of the group its identity.
func (d *daemon) identify(c *config.Bond, to *bond.Config) error {
	switch {
	case c.LAG.Name == "":
		return nil
	case d.group == nil:
		return fmt.Errorf("lag %s: %w", c.LAG.Name, errNoGroup)
	}
	return d.group.Identify(c, to)
}

// enroll makes the group decide about a bond that was opened, and guards its links.
func (d *daemon) enroll(m *managed) error {
	m.lag = m.cfg.LAG
	err := d.group.Add(&m.cfg, m.live)
	d.guard(m)
	return err
}

// discharge takes a bond that is about to end away from the group and its watchdog.
func (d *daemon) discharge(m *managed) {
	d.guards.Release(m.cfg.Name)
	m.watched = 0
	if err := d.group.Remove(m.lag.Name); err != nil {
		d.log.Warn("lag not handed over", "bond", m.cfg.Name, "lag", m.lag.Name, "error", err)
	}
}

// otherLAG reports whether a running bond can't get the LAG of the file without being opened again.
func (m *managed) otherLAG() bool {
	return m.lag.Name != m.cfg.LAG.Name || m.lag.All != m.cfg.LAG.All
}

// alonePatience is the patience with a bond of this box alone whose control does not answer.
const alonePatience = time.Second

// patience returns how long the control of a bond may give no answer. After the hold time this box has no
// permission any more, so taking the links down costs nothing. Another box takes longer to take over.
func (d *daemon) patience(m *managed) time.Duration {
	switch s := d.section(); {
	case m.cfg.Patience > 0:
		return m.cfg.Patience
	case s != nil && m.cfg.LAG.NeedsPermission():
		return s.Hold
	}
	return alonePatience
}

// guard begins or ends to guard the links of a bond, as the file wants it.
func (d *daemon) guard(m *managed) {
	var want time.Duration
	if m.live != nil && m.cfg.Watched() {
		want = d.patience(m)
	}
	switch {
	case want == m.watched:
	case want == 0:
		d.guards.Release(m.cfg.Name)
	case d.guards == nil:
		d.log.Warn("links not guarded", "bond", m.cfg.Name, "error", d.guards.Err())
	default:
		d.guards.Guard(m.cfg.Name, want, m.live.Status)
	}
	m.watched = want
}

// watchdog returns how the links of a bond are guarded, for the status.
func (d *daemon) watchdog(m *managed) string {
	switch {
	case m.watched == 0:
		return "off"
	case d.guards.Err() != nil:
		return "failed"
	}
	return "on"
}

// leaveGroup leaves the group for good: other boxes take its LAGs.
func (d *daemon) leaveGroup() error {
	if err := d.group.Close(); err != nil {
		return fmt.Errorf("leave group: %w", err)
	}
	return nil
}

// yieldTime is how long other boxes may take to carry the LAGs, before a successor gets the bonds.
const yieldTime = 2 * time.Second

// yield gives the LAGs to other boxes, and leaves the links of all bonds as they are from now on.
func (d *daemon) yield() {
	ctx, cancel := context.WithTimeout(context.Background(), yieldTime)
	defer cancel()
	d.group.Yield(ctx)
	for _, m := range d.list() {
		d.guards.Release(m.cfg.Name)
	}
}

// goOnUnlessHanded guards the links of all bonds again if no successor has them.
func (d *daemon) goOnUnlessHanded() {
	if d.handed {
		d.guards.Close()
		return
	}
	bonds := d.list()
	for i := range bonds {
		bonds[i].watched = 0
		d.guard(&bonds[i])
	}
	d.set(bonds)
}

// unjoined returns the problems of bonds that a lacpd in another group, or in none, can't run.
func (d *daemon) unjoined(f *config.File) (found config.Problems) {
	for i := range f.Bonds {
		b := &f.Bonds[i]
		switch s := d.section(); {
		case b.LAG.Name == "":
		case s == nil:
			found.Refuse(b.KeyAt("lag"), "lag", b.LAG.Name, "nothing, until lacpd starts again: it was started without the section chassis")
		case s.External && b.More.SystemAddr == nil:
			found.Refuse(b.KeyAt("lag"), "lag", b.LAG.Name, "only together with system_mac, until lacpd starts again: it was started with external true")
		}
	}
	return found
}
