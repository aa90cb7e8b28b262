package view

import (
	"reflect"
	"slices"
	"sync"
	"time"
)

// mostRemoved is how many removed members the status of a bond lists.
const mostRemoved = 16

// Ledger makes the counters of a status go on where members, or whole bonds, are opened again:
// those count from 0. What a member counts after the last Apply before it leaves is lost. The
// zero value is empty. Its methods are safe for concurrent use.
type Ledger struct {
	mu    sync.Mutex
	bonds map[string]*bondLedger
}

type bondLedger struct {
	base, last BondCounters // of the bonds of this name before, and of the present one
	members    map[string]*memberLedger
	removed    []Removed
}

type memberLedger struct {
	added      time.Time
	base, last Counters
}

// Apply changes the counters of a status to those since the first Apply of the same bonds, and
// lists the members that have been removed. A bond that the status lacks is forgotten.
func (l *Ledger) Apply(s *Status, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.bonds
	l.bonds = make(map[string]*bondLedger, len(s.Bonds))
	for i := range s.Bonds {
		b := &s.Bonds[i]
		ledger := before[b.Name]
		if ledger == nil {
			ledger = &bondLedger{members: make(map[string]*memberLedger)}
		}
		l.bonds[b.Name] = ledger
		if b.Running {
			ledger.apply(b, now)
		}
		b.Removed = append([]Removed{}, ledger.removed...)
	}
}

func (l *bondLedger) apply(b *Bond, now time.Time) {
	if decreased(&b.Counters, &l.last) {
		add(&l.base, &l.last)
	}
	l.last = b.Counters
	add(&b.Counters, &l.base)
	for i := range b.Members {
		m := &b.Members[i]
		ledger := l.members[m.Name]
		if ledger == nil {
			ledger = &memberLedger{added: m.Added}
			l.members[m.Name] = ledger
		}
		if !ledger.added.Equal(m.Added) {
			add(&ledger.base, &ledger.last)
			ledger.added = m.Added
		}
		ledger.last = m.Counters
		add(&m.Counters, &ledger.base)
	}
	l.noteRemoved(b, now)
}

// noteRemoved moves the members that are neither in the bond nor missing to the removed ones.
func (l *bondLedger) noteRemoved(b *Bond, now time.Time) {
	has := func(name string) bool {
		return slices.ContainsFunc(b.Members, func(m Member) bool { return m.Name == name }) ||
			slices.ContainsFunc(b.Missing, func(m Missing) bool { return m.Name == name })
	}
	l.removed = slices.DeleteFunc(l.removed, func(r Removed) bool { return has(r.Name) })
	for name, m := range l.members {
		gone := slices.ContainsFunc(l.removed, func(r Removed) bool { return r.Name == name })
		if has(name) || gone {
			continue
		}
		total := m.last
		add(&total, &m.base)
		l.removed = append(l.removed, Removed{name, now, total})
	}
	slices.SortFunc(l.removed, func(a, b Removed) int { return a.Since.Compare(b.Since) })
	for len(l.removed) > mostRemoved {
		delete(l.members, l.removed[0].Name)
		l.removed = l.removed[1:]
	}
}

// add adds the counters in by to those in to. Both point to structs of unsigned numbers.
func add[C any](to, by *C) {
	t, b := reflect.ValueOf(to).Elem(), reflect.ValueOf(by).Elem()
	for i := range t.NumField() {
		t.Field(i).SetUint(t.Field(i).Uint() + b.Field(i).Uint())
	}
}

// decreased reports whether any of the counters is lower than before.
func decreased[C any](now, before *C) bool {
	n, b := reflect.ValueOf(now).Elem(), reflect.ValueOf(before).Elem()
	for i := range n.NumField() {
		if n.Field(i).Uint() < b.Field(i).Uint() {
			return true
		}
	}
	return false
}
