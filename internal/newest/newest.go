// Package newest is a queue that keeps only the newest value of each source, so that it never
// makes a writer wait and never grows beyond the number of sources.
package newest

import "sync"

// Queue holds the newest value of each source. Use [New] to make one.
type Queue[K comparable, V any] struct {
	wake chan struct{}

	mu     sync.Mutex
	order  []K // the sources with a value, the one that has waited longest first
	values map[K]V
}

// New returns an empty queue.
func New[K comparable, V any]() *Queue[K, V] {
	return &Queue[K, V]{wake: make(chan struct{}, 1), values: make(map[K]V)}
}

// Put replaces the value of a source.
func (q *Queue[K, V]) Put(source K, v V) {
	q.mu.Lock()
	if _, waits := q.values[source]; !waits {
		q.order = append(q.order, source)
	}
	q.values[source] = v
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Wake returns a channel that gets a value after a Put. Values that no one has received are
// merged into one.
func (q *Queue[K, V]) Wake() <-chan struct{} { return q.wake }

// Take removes a source's value from the queue and returns both. ok is false if the queue is
// empty.
func (q *Queue[K, V]) Take() (source K, v V, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.order) == 0 {
		return source, v, false
	}
	source = q.order[0]
	q.order = q.order[1:]
	v = q.values[source]
	delete(q.values, source)
	return source, v, true
}
