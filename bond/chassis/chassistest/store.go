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
	mu    sync.Mutex
	lags  map[string]*chassis.View
	open  map[*store]struct{}
	fails error
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{lags: make(map[string]*chassis.View), open: make(map[*store]struct{})}
}

// Fail makes every transaction fail with an error; nil ends that. A transaction that fails is not
// carried out.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = err
}

// Open returns the store for one chassis.
func (m *Memory) Open() chassis.Store {
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
	if _, open := m.open[s]; !open {
		return chassis.View{}, false, ErrClosed
	}
	if err := errors.Join(ctx.Err(), m.fails); err != nil {
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
		for o := range m.open {
			if o == s {
				continue
			}
			select {
			case o.changes <- struct{}{}:
			default: // a hint is there already
			}
		}
	}
	return *v, held, nil
}

// Changes implements [chassis.Store].
func (s *store) Changes() <-chan struct{} { return s.changes }

// Close implements [chassis.Store].
func (s *store) Close() error {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	delete(s.memory.open, s)
	return nil
}
