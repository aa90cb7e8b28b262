package bond

import (
	"errors"
	"io/fs"
	"net"
	"time"

	"github.com/lagkit/lagkit/internal/allowed"
	"github.com/lagkit/lagkit/internal/waitlist"
)

// awaitMembers opens missing interfaces as soon as they exist.
func (b *Bond) awaitMembers() {
	defer close(b.openerEnded)
	arrivals, err := b.opener.Arrivals()
	if err != nil {
		b.log.Error("new interfaces not noticed", "error", err)
	}
	waitlist.Await(arrivals, b.retry, b.stopping, b.due, func(name string) {
		if err := b.tryOpen(name); err != nil {
			b.do(func() { b.missing(time.Now(), name, err) })
		}
	})
}

// due returns the missing interfaces to try now, and when the next one is due.
func (b *Bond) due(all bool) (names []string, next time.Time) {
	b.do(func() {
		if !b.left {
			names, next = b.wanted.Due(time.Now(), all)
		}
	})
	return names, next
}

// tryOpen opens a wanted interface and adds it.
func (b *Bond) tryOpen(name string) error {
	b.setting.Lock() // else the interface might be opened with old settings
	defer b.setting.Unlock()
	var cfg Config
	var still bool
	if !b.do(func() { cfg, still = b.openSettings(), b.wanted.Has(name) }) || !still {
		return nil
	}
	l, err := b.opener.member(name, &cfg)
	if err != nil {
		return err
	}
	if err = b.adoptAddr(l); err == nil {
		err = b.enlist(l, func() bool { still = b.wanted.Has(name); return still })
	}
	if !still || err != nil {
		err = errors.Join(err, l.Close())
	}
	if !still { // the interface was removed meanwhile
		return nil
	}
	return err
}

// openSettings returns the settings to open a member with.
func (b *Bond) openSettings() Config {
	cfg := b.cfg
	cfg.HardwareAddr = b.addr
	if b.provisional {
		cfg.HardwareAddr = nil
	}
	return cfg
}

// AddInterface opens a network interface with the bond's settings and adds it. The bond must
// have been made by [Open]. The interface is looked up in the network namespace where Open was
// called. If it does not exist, or is missing already, the bond waits for it: see [Status].
//
// The error is a [*ConfigError], a [*LinkError] or [net.ErrClosed].
func (b *Bond) AddInterface(name string) error {
	if b.opener == nil {
		return allowed.Refuse("interface", name, "a bond made by Open; other bonds take links, see AddMember")
	}
	if err := allowed.Interface(name); err != nil {
		return err
	}
	name = b.canonical(name)
	known := false
	err := net.ErrClosed
	b.do(func() {
		if b.left {
			return
		}
		if _, e := b.find(name); e == nil {
			err = allowed.Refuse("links", name, "each link once")
			return
		}
		known = b.wanted.Has(name)
		b.wanted.Add(name)
		err = nil
	})
	if err != nil {
		return err
	}
	if err = b.tryOpen(name); err == nil {
		return nil
	}
	gone := errors.Is(err, fs.ErrNotExist)
	b.do(func() {
		if !known && !gone {
			b.wanted.Remove(name)
			return
		}
		b.missing(time.Now(), name, err)
	})
	if gone {
		return nil
	}
	b.kickOpener()
	return err
}
