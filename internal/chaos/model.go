//go:build linux

package main

import (
	"fmt"
	"sync"
	"time"
)

// model records what the chaos has done, and by when both ends can know. Each action records
// its effect here just before and after it happens.
type model struct {
	mu      sync.Mutex
	members []member
	frozen  int // reasons why our lacpd can't know anything: stopped, not running
	device  int // reasons why the device is not a path: down, deleted, without its address
	partner int // reasons why the partner does not run

	minLinks int
	exposed  time.Time // until when the host's own IP stack may see members' frames
	lastSet  time.Time // the last change of a setting of the whole bond
}

// member is one cable with its two interfaces.
type member struct {
	faults map[string]int // reasons why it can't be used
	since  time.Time      // of the newest change
	by     time.Time      // when both ends know all changes
}

// Bounds: how long after an action both ends have acted on it.
const (
	soon   = time.Second     // kernel notifications: carrier, deletion, filter, address
	silent = 4 * time.Second // lost frames: the partner's timeout at FAST plus a second
	back   = 5 * time.Second // a link that can be used again
)

func newModel(members int) *model {
	m := &model{members: make([]member, members)}
	for i := range m.members {
		m.members[i].faults = make(map[string]int)
	}
	return m
}

func (m *model) touch(i int, bound time.Duration) {
	now := time.Now()
	k := &m.members[i]
	k.since = now
	if by := now.Add(bound); by.After(k.by) {
		k.by = by
	}
}

// breaks records a fault of a member. Both ends have to notice it within a bound.
func (m *model) breaks(i int, fault string, bound time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.members[i].faults[fault]++
	m.touch(i, bound)
}

// mends removes the fault.
func (m *model) mends(i int, fault string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.members[i].faults[fault]--; m.members[i].faults[fault] <= 0 {
		delete(m.members[i].faults, fault)
	}
	m.touch(i, back)
}

// disturbs records an action that must not change the use of a member, except for a moment.
func (m *model) disturbs(i int, bound time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.touch(i, bound)
}

// all records a change of the whole bond.
func (m *model) all(bound time.Duration, change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
	m.lastSet = time.Now()
	for i := range m.members {
		m.touch(i, bound)
	}
}

// exposes records that the host's stack may see members' frames until our lacpd has noticed.
func (m *model) exposes() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.exposed = time.Now().Add(soon)
}

// expectation describes the state that must hold now.
type expectation struct {
	known   []bool // whether the member's state is known
	carries []bool // the member is used
	all     bool   // every member is known
	up      bool   // the bond carries data

	minLinks int
	frozen   bool      // lacpd can't answer
	exposed  bool      // the host's own stack may see members' frames
	changed  time.Time // the last change
}

// expect returns the state that must hold now, with slack for each bound that began at since.
func (m *model) expect(now time.Time, slack func(since time.Time) time.Duration) expectation {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := expectation{all: true, frozen: m.frozen > 0, minLinks: m.minLinks, known: make([]bool, len(m.members)), carries: make([]bool, len(m.members))}
	e.exposed = now.Before(m.exposed.Add(slack(m.exposed.Add(-soon))))
	whole := 0
	for i := range m.members {
		k := &m.members[i]
		e.known[i] = m.frozen == 0 && now.After(k.by.Add(slack(k.since)))
		e.all = e.all && e.known[i]
		e.carries[i] = len(k.faults) == 0 && m.device == 0 && m.partner == 0
		if e.carries[i] {
			whole++
		}
		if k.since.After(e.changed) {
			e.changed = k.since
		}
	}
	e.up = whole >= max(m.minLinks, 1)
	if !e.up {
		clear(e.carries)
	}
	return e
}

// String lists the faults.
func (m *model) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := fmt.Sprintf("lacpd can't act: %d, no device: %d, no partner: %d, min_links %d", m.frozen, m.device, m.partner, m.minLinks)
	now := time.Now()
	for i := range m.members {
		k := &m.members[i]
		s += fmt.Sprintf("; member %d: faults %v, changed %v ago, known in %v", i, k.faults,
			now.Sub(k.since).Round(time.Millisecond), k.by.Sub(now).Round(time.Millisecond))
	}
	return s
}
