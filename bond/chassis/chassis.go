package chassis

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net"
	"strconv"
	"sync"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// Chassis is this box's part in a group. Use [Join] to make one. Its methods are safe for concurrent
// use.
type Chassis struct {
	group  Group
	store  Store
	boot   uint64
	ctx    context.Context // done when the Chassis ends
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex
	sealer  sealer
	windows map[ID]*window
	roles   map[string]*role
	closed  bool
}

// ErrNoLAG is returned for the name of a LAG that was not added.
var ErrNoLAG = errors.New("chassis: no such LAG")

// Join makes this box a chassis of a group. It takes ownership of the store and the transport, and
// closes them if it fails. The error is a [*lacp.FieldError].
func Join(g Group, s Store) (*Chassis, error) {
	if err := g.check(); err != nil {
		err = errors.Join(err, s.Close())
		if g.Transport != nil {
			err = errors.Join(err, g.Transport.Close())
		}
		return nil, err
	}
	var boot [8]byte
	_, _ = rand.Read(boot[:]) // never fails
	c := &Chassis{
		group: g, store: s, boot: binary.BigEndian.Uint64(boot[:]) | 1,
		sealer: sealer{secret: g.Secret}, windows: make(map[ID]*window), roles: make(map[string]*role),
	}
	for _, id := range g.Others {
		c.windows[id] = new(window)
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.work.Go(c.receive)
	c.work.Go(c.follow)
	return c, nil
}

// Add makes the group decide about a LAG, which b carries on this chassis. Its name, of at most 64
// octets, is the same on all chassis. b has no permission until the group gives it one. The error
// is a [*lacp.FieldError] or [net.ErrClosed].
func (c *Chassis) Add(lag string, b Carrier, o LAG) error {
	if lag == "" || len(lag) > maxName {
		return &lacp.FieldError{Field: "lag", Value: strconv.Quote(lag), Allowed: "1 to " + strconv.Itoa(maxName) + " octets"}
	}
	m, err := New(plane.Clock(), c.group.config(c.boot, o))
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return net.ErrClosed
	case c.roles[lag] != nil:
		return &lacp.FieldError{Field: "lag", Value: strconv.Quote(lag), Allowed: "a name that was not added yet"}
	}
	r := newRole(c, lag, b, m, o)
	c.roles[lag] = r
	c.work.Go(r.run)
	return nil
}

// role returns the role in a LAG; nil without one.
func (c *Chassis) role(lag string) *role {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.roles[lag]
}

// all returns all roles.
func (c *Chassis) all() (roles []*role) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.roles {
		roles = append(roles, r)
	}
	return roles
}

// SetReady reports whether the services behind a LAG are ready on this chassis: the pool is imported,
// the routes are there. It matters for a LAG with NeedsReady. The error is [ErrNoLAG] or
// [net.ErrClosed].
func (c *Chassis) SetReady(lag string, ready bool) error {
	r := c.role(lag)
	if r == nil {
		return ErrNoLAG
	}
	return r.do(func() { r.setReady(ready) })
}

// HandOver gives a LAG that this chassis carries to another one, or with an empty ID to the best, and
// waits until the store shows that or ctx is done. The error is ctx's, that of [Machine.HandOver],
// [ErrNoLAG] or [net.ErrClosed].
func (c *Chassis) HandOver(ctx context.Context, lag string, to ID) error {
	r := c.role(lag)
	if r == nil {
		return ErrNoLAG
	}
	var gone <-chan struct{}
	var err error
	if e := r.do(func() { gone, err = r.handOver(to) }); e != nil {
		return e
	}
	if err != nil {
		return err
	}
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-r.ctx.Done():
		return net.ErrClosed
	}
}

// Status returns the status of a LAG. The error is [ErrNoLAG] or [net.ErrClosed].
func (c *Chassis) Status(lag string) (st MachineStatus, err error) {
	r := c.role(lag)
	if r == nil {
		return st, ErrNoLAG
	}
	err = r.do(func() { st = r.machine.Status(plane.Clock()) })
	return st, err
}

// Close leaves the group. It hands over each LAG that this chassis carries, if another chassis can take
// it, and waits for that until ctx is done. Then it withdraws the permissions, and closes the store and
// the transport. The error is the first one of closing these.
func (c *Chassis) Close(ctx context.Context) error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return net.ErrClosed
	}
	c.closed = true
	c.mu.Unlock()
	var leaving sync.WaitGroup
	for _, r := range c.all() {
		// An error means that it is not active, or that no other chassis can take over.
		leaving.Go(func() { _ = c.HandOver(ctx, r.lag, "") })
	}
	leaving.Wait()
	c.cancel()
	err := errors.Join(c.group.Transport.Close(), c.store.Close())
	c.work.Wait()
	return err
}

// follow passes the hints of the store on.
func (c *Chassis) follow() {
	for {
		select {
		case <-c.store.Changes():
			for _, r := range c.all() {
				r.hint(func() { r.machine.Poke(plane.Clock()) })
			}
		case <-c.ctx.Done():
			return
		}
	}
}

// receive passes the authentic messages on.
func (c *Chassis) receive() {
	b := make([]byte, maxDatagram)
	for {
		n, err := c.group.Transport.Receive(b)
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				c.group.Logger.Error("heartbeats not received any more", "error", err)
			}
			return
		}
		if lag, m, ok := c.open(b[:n]); ok {
			if r := c.role(lag); r != nil {
				r.hint(func() { r.machine.Receive(plane.Clock(), m) })
			}
		}
	}
}

// open returns the message of an authentic datagram for this chassis that did not come before.
func (c *Chassis) open(datagram []byte) (lag string, m Message, ok bool) {
	b, number, ok := unseal(c.group.Secret, datagram)
	if !ok {
		return "", m, false
	}
	group, lag, m, err := parseMessage(b)
	if err != nil || group != c.group.Name || m.To != c.group.Me {
		return "", m, false
	}
	w := c.windows[m.From] // written only by this goroutine
	return lag, m, w != nil && w.admit(m.Boot, number)
}

// send sends a message about a LAG.
func (c *Chassis) send(lag string, m *Message) {
	b := appendMessage(make([]byte, 0, maxDatagram), c.group.Name, lag, m)
	c.mu.Lock()
	b = c.sealer.seal(b)
	c.mu.Unlock()
	c.group.Transport.Send(m.To, b)
}
