package chassistest

import (
	"context"
	"errors"
	"sync"

	"github.com/lagkit/lagkit/bond/chassis"
)

// Memory is the content of a store in memory, which several chassis open. Use [NewMemory] to make
// one. Its methods are safe for concurrent use.
type Memory struct {
	mu        sync.Mutex
	lags      map[string]*chassis.View
	published map[string]map[chassis.ID]publication // by LAG
	kept      map[string][]byte
	open      map[*store]struct{}
	fails     error
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		lags: make(map[string]*chassis.View), published: make(map[string]map[chassis.ID]publication),
		kept: make(map[string][]byte), open: make(map[*store]struct{}),
	}
}

// Fail makes every call fail with an error; nil ends that. A call that fails changes nothing.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = err
}

// Open returns the store for one chassis; it is a [chassis.Directory].
func (m *Memory) Open() chassis.Store { return m.OpenDirectory() }

// OpenDirectory returns the store for one chassis. What it publishes vanishes when it is closed.
func (m *Memory) OpenDirectory() chassis.Directory {
	s := &store{memory: m, changes: make(chan struct{}, 1)}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open[s] = struct{}{}
	return s
}

// store is a chassis's access to a Memory.
type store struct {
	memory  *Memory
	changes chan struct{}
}

// ErrClosed is returned by a store that was closed.
var ErrClosed = errors.New("chassistest: store is closed")

// Do implements [chassis.Store].
func (s *store) Do(ctx context.Context, lag string, op chassis.Op) (chassis.View, bool, error) {
	m := s.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := s.check(ctx); err != nil {
		return chassis.View{}, false, err
	}
	v := m.lags[lag]
	if v == nil {
		v = new(chassis.View)
		m.lags[lag] = v
	}
	before := v.Revision
	held := op.Apply(v)
	if v.Revision != before {
		s.hint()
	}
	return *v, held, nil
}

// check returns why the store does not answer; nil if it does.
func (s *store) check(ctx context.Context) error {
	if _, open := s.memory.open[s]; !open {
		return ErrClosed
	}
	return errors.Join(ctx.Err(), s.memory.fails)
}

// hint reports to the other chassis that the store has changed.
func (s *store) hint() {
	for o := range s.memory.open {
		if o == s {
			continue
		}
		select {
		case o.changes <- struct{}{}:
		default: // a hint is there already
		}
	}
}

// Changes implements [chassis.Store].
func (s *store) Changes() <-chan struct{} { return s.changes }

// Close implements [chassis.Store].
func (s *store) Close() error {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	s.withdraw()
	delete(s.memory.open, s)
	return nil
}
