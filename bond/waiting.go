package bond

import (
	"errors"
	"io/fs"
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// The bond waits for an interface that is missing, at the start or later: the interface joins
// when it appears under its name. A separate goroutine, awaitMembers, opens the interfaces,
// because opening waits for the kernel.

// opener opens interfaces as members.
type opener interface {
	// open opens an interface with the bond's settings. The error is [fs.ErrNotExist] if no
	// interface has that name.
	open(name string, cfg *Config) (link.Port, error)
	// arrivals returns a channel that gets a value when an interface may have appeared.
	arrivals() <-chan struct{}
	close() error
}

// wanted is an interface that is to be a member of the bond.
type wanted struct {
	name  string
	since time.Time // when it was found missing
	err   error     // why the last attempt to open it failed; nil while it is a member
	tries int       // failed attempts in a row
	next  time.Time // when to try again without an arrival
}

// MissingMember is an interface that the bond waits for.
type MissingMember struct {
	Name  string
	Why   string    // why it is not a member
	Since time.Time // when it was found missing
}

// want makes the bond wait for an interface if it is missing. It runs on the control
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

// unwant ends the wait for an interface, and reports whether the bond wanted it.
func (b *Bond) unwant(name string) bool {
	before := len(b.wanted)
	b.wanted = slices.DeleteFunc(b.wanted, func(w *wanted) bool { return w.name == name })
	return len(b.wanted) < before
}

// missing records that a wanted interface is not a member, and why.
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
	if !errors.Is(err, fs.ErrNotExist) { // else its arrival will be noticed
		w.next = now.Add(retryPause(w.tries))
	}
	if told {
		return
	}
	b.log.Warn("member is missing, the bond waits for it", "member", name, "why", err)
	b.emit(Event{Kind: EventMissing, Member: name, Detail: err.Error()})
}

// present records that a wanted interface is a member.
func (b *Bond) present(name string) {
	if w := b.wantedNamed(name); w != nil {
		w.err, w.tries, w.next = nil, 0, time.Time{}
	}
}

// retryPause returns how long to wait before trying again to open an interface that exists but
// can't be opened: 100 ms, and then twice as long each time, up to a second. When anything
// about the interface changes, the opener tries at once.
func retryPause(tries int) time.Duration {
	return min(repairFirst<<min(tries-1, 10), repairMost)
}

// missingMembers returns the interfaces that the bond waits for.
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

// awaitMembers opens missing interfaces as soon as they exist.
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

// due returns the missing interfaces to try now, and when the next one is due.
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
	b.setting.Lock() // else the interface might be opened with old settings
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
	if err = b.adoptAddr(l); err == nil {
		err = net.ErrClosed
		b.do(func() {
			if still = b.wantedNamed(name) != nil; still {
				err = b.addMember(l)
			}
		})
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

// kickOpener wakes the opener to try the missing interfaces that are due.
func (b *Bond) kickOpener() {
	select {
	case b.retry <- struct{}{}:
	default:
	}
}

// absent is the placeholder in a bond's list of members for an interface that has never been a
// member.
type absent struct {
	link.Port
	name string
}

func (a absent) Name() string { return a.name }
