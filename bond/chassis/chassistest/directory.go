package chassistest

import (
	"bytes"
	"context"
	"strconv"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// publication is what a chassis publishes, and the access that it came by.
type publication struct {
	text []byte
	by   *store
}

// mostText is how long a publication may be, in octets.
const mostText = 4096

// Publish implements [chassis.Directory].
func (s *store) Publish(ctx context.Context, me chassis.ID, lag string, text []byte) error {
	m := s.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := s.check(ctx); err != nil {
		return err
	}
	if len(text) > mostText {
		return &lacp.FieldError{Field: "text", Value: strconv.Itoa(len(text)) + " octets", Allowed: "at most " + strconv.Itoa(mostText)}
	}
	said := m.published[lag]
	if said == nil {
		said = make(map[chassis.ID]publication)
		m.published[lag] = said
	}
	if text == nil {
		delete(said, me)
	} else {
		said[me] = publication{bytes.Clone(text), s}
	}
	s.hint()
	return nil
}

// Published implements [chassis.Directory].
func (s *store) Published(ctx context.Context, lag string) (map[chassis.ID][]byte, error) {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	said := make(map[chassis.ID][]byte)
	for id, p := range s.memory.published[lag] {
		said[id] = bytes.Clone(p.text)
	}
	return said, nil
}

// Keep implements [chassis.Directory].
func (s *store) Keep(ctx context.Context, name string, text []byte) ([]byte, error) {
	m := s.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	if _, there := m.kept[name]; !there {
		m.kept[name] = bytes.Clone(text)
	}
	return bytes.Clone(m.kept[name]), nil
}

// withdraw removes what the store has published.
func (s *store) withdraw() {
	for _, said := range s.memory.published {
		for id, p := range said {
			if p.by == s {
				delete(said, id)
				s.hint()
			}
		}
	}
}
