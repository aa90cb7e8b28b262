package bond

import (
	"errors"
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/mode"
	"github.com/lagkit/lagkit/internal/steps"
)

// Set changes the bond's settings while it runs. change gets a copy of the present settings,
// with defaults filled in, and edits it. Set checks the result first. Either all of it takes
// effect or nothing: the error is a [*ConfigError], a [*link.Error] or [net.ErrClosed].
//
// Set calls change again if another Set came between. If change itself calls Set, that happens
// every time: the error is [ErrConflict] after a few attempts.
//
// Name, Device, Plane, NeedsPermission, Logger and Trace can't be changed. A change of Mode, HardwareAddr,
// SystemAddr, SystemPriority, PortBase or AggregateWait takes all members out of service
// gracefully and starts again. Any other change does not disturb what it does not concern.
func (b *Bond) Set(change func(*Config)) error {
	err := ErrConflict
	for range maxSetTries {
		if err = b.trySet(change); !errors.Is(err, ErrConflict) {
			break
		}
	}
	return err
}

// maxSetTries is how often Set tries, because other calls may come between.
const maxSetTries = 16

func (b *Bond) trySet(change func(*Config)) error {
	var next Config
	var generation uint64
	if !b.do(func() { next, generation = b.cfg, b.generation; next.HardwareAddr = b.addr }) {
		return net.ErrClosed
	}
	before := next
	allowed.Clone(&next)
	change(&next)
	if err := allowed.Change(&before, &next); err != nil {
		return err
	}
	return b.worker.Do(b.stopped, func() error {
		b.setting.Lock() // no member is opened with the old settings meanwhile
		defer b.setting.Unlock()
		return b.replace(next, generation)
	})
}

// replace applies a configuration that has been checked, if the present one still has the
// given generation. The caller holds b.setting. replace waits for the kernel; control does
// not.
func (b *Bond) replace(next Config, generation uint64) error {
	c := new(change)
	err := net.ErrClosed
	b.do(func() {
		if err = ErrConflict; b.generation == generation {
			err = b.prepare(c, &next)
		}
	})
	if err != nil {
		return err
	}
	b.awaitPlan() // for the MTU
	if err = steps.Run(c.steps); err == nil {
		err = net.ErrClosed
		if b.do(func() { err = b.commit(c, next) }); err != nil {
			err = errors.Join(err, steps.Undo(c.steps))
		}
	}
	b.do(func() {
		b.growMTU(0)
		b.endChange(time.Now(), c)
	})
	return err
}

// prepare makes the plan of a change to the given configuration.
func (b *Bond) prepare(c *change, next *Config) error {
	if b.left {
		return net.ErrClosed
	}
	if err := allowed.Names(next, b.names()); err != nil {
		return err
	}
	b.growMTU(next.MTU) // the host may send such frames as soon as the device has the MTU
	b.planSteps(c, next)
	return nil
}

// commit puts a configuration into use after the kernel has made the changes that it needs.
// On error the former one stays in use.
func (b *Bond) commit(c *change, next Config) error {
	if b.left {
		return net.ErrClosed
	}
	now := time.Now()
	b.generation++
	old, system := b.cfg, b.system
	old.HardwareAddr = b.addr
	b.cfg, b.addr = next, next.HardwareAddr
	switch {
	case next.SystemAddr != nil:
		b.system = next.SystemAddr
	case old.SystemAddr != nil || !slices.Equal(next.HardwareAddr, old.HardwareAddr):
		b.system = next.HardwareAddr
	}
	b.hasher, _ = allowed.Hasher(&next, b.system) // check has made it without an error
	restart := next.Mode != old.Mode || !slices.Equal(next.HardwareAddr, old.HardwareAddr) || !slices.Equal(b.system, system) ||
		next.SystemPriority != old.SystemPriority || next.AggregateWait != old.AggregateWait || next.PortBase != old.PortBase
	var machine mode.Machine
	if restart {
		var err error
		if machine, err = b.newMode(now); err != nil {
			b.cfg, b.addr, b.system = old, old.HardwareAddr, system
			b.hasher, _ = allowed.Hasher(&old, b.system)
			return err
		}
	}
	steps.Take(c.steps)
	b.notePolicy()
	if restart {
		b.changeMode(now, machine)
	} else {
		b.configure(now)
	}
	b.setAddrs(b.activeMember(), func() {})
	b.holdPath(now) // AdminDown may have changed
	b.publish()
	if b.ready.Up() && (!slices.Equal(next.Addresses, old.Addresses) || !slices.Equal(next.Announce, old.Announce)) {
		b.startAnnouncing(now)
	}
	for m := range b.members.present {
		b.noteMTU(now, m)
	}
	b.log.Info("settings changed")
	b.emit(Event{Kind: EventSettings})
	return nil
}

// growMTU makes the plane accept frames of an MTU that may become the bond's, if it is larger
// than the present one. 0 ends that.
func (b *Bond) growMTU(mtu int) {
	before := max(b.grownMTU, b.cfg.MTU)
	b.grownMTU = mtu
	if max(mtu, b.cfg.MTU) != before {
		b.publish()
	}
}

// names returns the names of the members that are not leaving, of the interfaces that the bond
// waits for, and of the former members that the configuration still names.
func (b *Bond) names() (names []string) {
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for m := range b.members.active {
		add(m.link.Name())
	}
	for _, w := range b.wanted {
		add(w.Name)
	}
	for _, name := range allowed.Named(&b.cfg) { // a former member that is still named may come back
		add(name)
	}
	return names
}

// changeMode moves all members to a machine for the present configuration.
func (b *Bond) changeMode(now time.Time, next mode.Machine) {
	for m := range b.members.active {
		b.quit(now, m)
	}
	b.mode = next
	for m := range b.members.active {
		if err := b.join(now, m); err != nil { // its port was checked when it was added
			b.log.Error("member not moved to the new mode", "member", m.link.Name(), "error", err)
			continue
		}
		b.mode.SetLink(now, m.id, m.seen.Link)
		b.applyEffects(now)
	}
}
