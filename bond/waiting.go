package bond

import (
	"errors"
	"io/fs"
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// An interface that is missing, at the start or later, is waited for: it joins the bond
// when it appears under its name. The opener, a goroutine of its own, does that: opening
// waits for the kernel.

// opener opens interfaces as members.
type opener interface {
	// open opens an interface with the settings of the bond. The error is
	// [fs.ErrNotExist] if there is none of that name.
	open(name string, cfg *Config) (link.Port, error)
	// arrivals returns a channel that gets a value when an interface may have appeared.
	arrivals() <-chan struct{}
	close() error
}

// wanted is an interface that the bond shall have as a member.
type wanted struct {
	name  string
	since time.Time // when it was found missing
	err   error     // why it could not be opened last; nil while it is a member
	tries int       // in a row
	next  time.Time // when it is tried again, apart from arrivals
}

// MissingMember is an interface that the bond waits for.
type MissingMember struct {
	Name  string
	Why   string    // why it is no member
	Since time.Time // when it was found missing
}

// want has the bond wait for an interface if it is missing. It runs on the control
// goroutine.
func (b *Bond) want(name string) *wanted {
	w := b.wantedNamed(name)
	if w == nil {
		w = &wanted{name: name}
		b.wanted = append(b.wanted, w)
	}
	return w
}

func (b *Bond) wantedNamed(name string) *wanted {
	i := slices.IndexFunc(b.wanted, func(w *wanted) bool { return w.name == name })
	if i < 0 {
		return nil
	}
	return b.wanted[i]
}

// unwant ends the wait for an interface, and reports whether there was one.
func (b *Bond) unwant(name string) bool {
	before := len(b.wanted)
	b.wanted = slices.DeleteFunc(b.wanted, func(w *wanted) bool { return w.name == name })
	return len(b.wanted) < before
}

// missing notes that a wanted interface is no member, and why.
func (b *Bond) missing(now time.Time, name string, err error) {
	w := b.wantedNamed(name)
	if w == nil {
		return
	}
	told := w.err != nil && w.err.Error() == err.Error()
	if w.err == nil {
		w.since, w.tries = now, 0
	}
	w.err = err
	w.tries++
	w.next = time.Time{}
	if !errors.Is(err, fs.ErrNotExist) { // or its arrival will be noticed
		w.next = now.Add(retryPause(w.tries))
	}
	if told {
		return
	}
	b.log.Warn("member is missing, the bond waits for it", "member", name, "why", err)
	b.emit(Event{Kind: EventMissing, Member: name, Detail: err.Error()})
}

// present notes that a wanted interface is a member.
func (b *Bond) present(name string) {
	if w := b.wantedNamed(name); w != nil {
		w.err, w.tries, w.next = nil, 0, time.Time{}
	}
}

// An interface that is there but can't be opened is tried again after 100 ms, and then
// twice as long each time, up to a second; at once when anything about it changes.
func retryPause(tries int) time.Duration {
	return min(repairFirst<<min(tries-1, 10), repairMost)
}

// missingMembers are the interfaces that the bond waits for.
func (b *Bond) missingMembers() (list []MissingMember) {
	for _, w := range b.wanted {
		if w.err != nil {
			list = append(list, MissingMember{w.name, why(w.err), w.since})
		}
	}
	return list
}

func why(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no interface of this name"
	}
	return err.Error()
}

// awaitMembers opens wanted interfaces that are missing, as soon as they are there.
func (b *Bond) awaitMembers() {
	defer close(b.openerEnded)
	arrivals := b.opener.arrivals()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var all bool
		select {
		case <-arrivals:
			all = true
		case <-b.retry:
		case <-timer.C:
		case <-b.stopping:
			return
		}
		names, _ := b.due(all)
		for _, name := range names {
			if err := b.tryOpen(name); err != nil {
				b.do(func() { b.missing(time.Now(), name, err) })
			}
		}
		if _, next := b.due(false); !next.IsZero() {
			timer.Reset(time.Until(next))
		} else {
			timer.Stop()
		}
	}
}

// due returns the missing interfaces that are to be tried now, and when the next is due.
func (b *Bond) due(all bool) (names []string, next time.Time) {
	b.do(func() {
		now := time.Now()
		for _, w := range b.wanted {
			switch {
			case w.err == nil || b.left:
			case all || !w.next.IsZero() && !w.next.After(now):
				names = append(names, w.name)
			case !w.next.IsZero() && (next.IsZero() || w.next.Before(next)):
				next = w.next
			}
		}
	})
	return names, next
}

// tryOpen opens a wanted interface and adds it.
func (b *Bond) tryOpen(name string) error {
	b.setting.Lock() // or it might be opened with settings that are no longer so
	defer b.setting.Unlock()
	var cfg Config
	var still bool
	if !b.do(func() { cfg, still = b.openSettings(), b.wantedNamed(name) != nil }) || !still {
		return nil
	}
	l, err := b.opener.open(name, &cfg)
	if err != nil {
		return err
	}
	err = net.ErrClosed
	b.do(func() {
		if still = b.wantedNamed(name) != nil; still {
			err = b.addMember(l)
		}
	})
	if !still || err != nil {
		err = errors.Join(err, l.Close())
	}
	if !still { // it was removed meanwhile
		return nil
	}
	return err
}

// openSettings are the settings by which a member is opened now.
func (b *Bond) openSettings() Config {
	cfg := b.cfg
	cfg.HardwareAddr = b.addr
	if b.provisional {
		cfg.HardwareAddr = nil
	}
	return cfg
}

// kickOpener has missing interfaces tried whose time has come.
func (b *Bond) kickOpener() {
	select {
	case b.retry <- struct{}{}:
	default:
	}
}

// absent stands in a bond's list of members for an interface that has never been one.
type absent struct {
	link.Port
	name string
}

func (a absent) Name() string { return a.name }
