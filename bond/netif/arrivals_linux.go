package netif

import (
	"runtime"
	"slices"
)

// Namespace is a network namespace that a bond opens interfaces in later.
type Namespace struct {
	ns       *namespace
	arrivals <-chan struct{}
}

// CurrentNamespace returns the calling thread's network namespace.
func CurrentNamespace() (*Namespace, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ns, err := enterNamespace()
	if err != nil {
		return nil, err
	}
	return &Namespace{ns: ns}, nil
}

// Key returns a name for the namespace that no other of this boot has.
func (n *Namespace) Key() string { return recordKey(n.ns.cookie, n.ns.inode) }

// Do calls fn on a thread that is in the namespace.
func (n *Namespace) Do(fn func() error) error { return n.ns.run(fn) }

// Arrivals returns a channel that receives a value when a missing interface may have arrived:
// an interface that no bond has was added, renamed or changed. Unread values are merged into
// one. Arrivals may be called once; Close ends it.
func (n *Namespace) Arrivals() (<-chan struct{}, error) {
	err := n.ns.run(func() error { // the monitor listens in the namespace of the thread that starts it
		mon, err := n.ns.monitor()
		if err == nil {
			n.arrivals = mon.subscribe()
		}
		return err
	})
	return n.arrivals, err
}

// Close releases the namespace.
func (n *Namespace) Close() error {
	if n.arrivals != nil {
		n.ns.mon.unsubscribe(n.arrivals)
	}
	return n.ns.leave()
}

func (m *monitor) subscribe() <-chan struct{} {
	c := make(chan struct{}, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.arrivals = append(m.arrivals, c)
	return c
}

func (m *monitor) unsubscribe(c <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.arrivals = slices.DeleteFunc(m.arrivals, func(x chan struct{}) bool { return x == c })
}

// arrived notifies those who wait for an interface. The caller holds the lock.
func (m *monitor) arrived() {
	for _, c := range m.arrivals {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
