// Package waitlist keeps the list of the interfaces that are to be members of a bond, and
// which of them are missing.
package waitlist

import (
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/lagkit/lagkit/internal/pace"
)

// pauses are those before another attempt to open an interface that exists but can't be
// opened. When anything about the interface changes, it is tried at once.
var pauses = pace.Backoff{First: 100 * time.Millisecond, Most: time.Second, Free: 1}

// Entry is an interface that is to be a member.
type Entry struct {
	Name  string
	Since time.Time // when it was found missing
	Err   error     // why the last attempt to open it failed; nil while it is a member

	tries int       // failed attempts in a row
	next  time.Time // when to try again without an arrival
}

// Why returns why a missing interface is not a member.
func (e *Entry) Why() string {
	if errors.Is(e.Err, fs.ErrNotExist) {
		return "there is no interface of this name"
	}
	return e.Err.Error()
}

// List is the interfaces that are to be members, those added first before the others.
type List []*Entry

// Add adds an interface, unless the list has it.
func (l *List) Add(name string) {
	if !l.Has(name) {
		*l = append(*l, &Entry{Name: name})
	}
}

// Has reports whether an interface is on the list.
func (l *List) Has(name string) bool { return l.find(name) != nil }

// find returns an interface's entry; nil if it has none.
func (l *List) find(name string) *Entry {
	i := slices.IndexFunc(*l, func(e *Entry) bool { return e.Name == name })
	if i < 0 {
		return nil
	}
	return (*l)[i]
}

// Remove removes an interface and reports whether the list had it.
func (l *List) Remove(name string) bool {
	before := len(*l)
	*l = slices.DeleteFunc(*l, func(e *Entry) bool { return e.Name == name })
	return len(*l) < before
}

// Missing records that an interface is not a member, and why. It reports whether that is news.
func (l *List) Missing(now time.Time, name string, why error) bool {
	e := l.find(name)
	if e == nil {
		return false
	}
	news := e.Err == nil || e.Err.Error() != why.Error()
	if e.Err == nil {
		e.Since, e.tries = now, 0
	}
	e.Err = why
	e.tries++
	e.next = time.Time{}
	if !errors.Is(why, fs.ErrNotExist) { // else its arrival will be noticed
		e.next = now.Add(pauses.Pause(e.tries))
	}
	return news
}

// Present records that an interface is a member.
func (l *List) Present(name string) {
	if e := l.find(name); e != nil {
		e.Err, e.tries, e.next = nil, 0, time.Time{}
	}
}

// Due returns the missing interfaces to try now, and when the next one is due; zero if none
// is. If all is true, it is time for all of them.
func (l *List) Due(now time.Time, all bool) (names []string, next time.Time) {
	for _, e := range *l {
		switch {
		case e.Err == nil:
		case all || !e.next.IsZero() && !e.next.After(now):
			names = append(names, e.Name)
		case !e.next.IsZero() && (next.IsZero() || e.next.Before(next)):
			next = e.next
		}
	}
	return names, next
}
