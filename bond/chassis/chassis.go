package chassis

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// Chassis is this box's part in a group. Use [Join] to make one. Its methods are safe for concurrent
// use.
type Chassis struct {
	group    Group
	store    Store
	boot     uint64
	herald   *herald
	watchers watchers
	ctx      context.Context // done when the Chassis ends
	cancel   context.CancelFunc
	work     sync.WaitGroup
	ends     sync.WaitGroup // of the goroutine that waits for the ends of processes
	stuck    atomic.Bool    // a permission could not be withdrawn; it ends by itself

	mu      sync.Mutex
	sealer  sealer
	windows map[ID]*window
	parts   map[string]part
	closed  bool
}

// part is this chassis's part in one LAG: a [role], or [shared] if all chassis carry it.
type part interface {
	name() string
	start()
	tell(func())
	do(func()) error
	poke()
	receive(Message)
	gone(id ID, boot uint64)
	news(texts map[ID][]byte, namesake bool)
	adopt(o LAG, settings map[string]string) error
	change(o LAG, cfg Config, settings map[string]string) error
	stop()
	present() []Event
	status() Status
}

// ErrNoLAG is returned for the name of a LAG that was not added, and by methods about its role for a LAG
// that all chassis carry.
var ErrNoLAG = errors.New("chassis: no such LAG")

// Join makes this box a chassis of a group. It takes ownership of the store, the transport and Ends, and
// closes them if it fails. If the store is a [Directory], the chassis compare their settings and
// partners. The error is a [*lacp.FieldError].
func Join(g Group, s Store) (*Chassis, error) {
	if err := g.check(); err != nil {
		err = errors.Join(err, s.Close())
		if g.Transport != nil {
			err = errors.Join(err, g.Transport.Close())
		}
		if g.Ends != nil {
			err = errors.Join(err, g.Ends.Close())
		}
		return nil, err
	}
	var boot [8]byte
	_, _ = rand.Read(boot[:]) // never fails
	c := &Chassis{
		group: g, store: s, boot: binary.BigEndian.Uint64(boot[:]) | 1,
		sealer: sealer{secret: g.Secret}, windows: make(map[ID]*window), parts: make(map[string]part),
	}
	c.herald = newHerald(s, g.Me, c.boot)
	for _, id := range g.Others {
		c.windows[id] = new(window)
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.work.Go(c.receive)
	c.work.Go(c.follow)
	c.work.Go(func() { c.herald.run(c.ctx, c.news, c.unpublished) })
	if g.Ends != nil {
		c.ends.Go(func() { g.Ends.Run(c.boot, c.gone) })
	}
	return c, nil
}

// Add makes the group decide about a LAG, which b carries on this chassis. Its name, of at most 64
// octets, is the same on all chassis. b has no permission until the group gives it one. The error
// is a [*lacp.FieldError] or [net.ErrClosed].
func (c *Chassis) Add(lag string, b Carrier, o LAG) error {
	if lag == "" || len(lag) > maxName {
		return &lacp.FieldError{Field: "lag", Value: strconv.Quote(lag), Allowed: "1 to " + strconv.Itoa(maxName) + " octets"}
	}
	settings, err := c.group.settings(o)
	if err != nil {
		return err
	}
	m, err := New(plane.Clock(), c.group.config(c.boot, o))
	if err != nil {
		return err
	}
	var p part = newRole(c, lag, b, m, o)
	if o.AllActive {
		p = &shared{seat: newSeat(c, lag, b, o)}
	}
	if err := p.adopt(o, settings); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return net.ErrClosed
	case c.parts[lag] != nil:
		return &lacp.FieldError{Field: "lag", Value: strconv.Quote(lag), Allowed: "a name that was not added yet"}
	}
	c.parts[lag] = p
	c.work.Go(p.start)
	return nil
}

// part returns the part in a LAG; nil without one.
func (c *Chassis) part(lag string) part {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.parts[lag]
}

// role returns the role in a LAG. The error is [ErrNoLAG].
func (c *Chassis) role(lag string) (*role, error) {
	r, ok := c.part(lag).(*role)
	if !ok {
		return nil, ErrNoLAG
	}
	return r, nil
}

// all returns the parts in all LAGs, in the order of their names.
func (c *Chassis) all() (parts []part) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, lag := range slices.Sorted(maps.Keys(c.parts)) {
		parts = append(parts, c.parts[lag])
	}
	return parts
}

// SetReady reports whether the services behind a LAG are ready on this chassis: the pool is imported,
// the routes are there. It matters for a LAG with NeedsReady. The error is [ErrNoLAG] or
// [net.ErrClosed].
func (c *Chassis) SetReady(lag string, ready bool) error {
	r, err := c.role(lag)
	if err != nil {
		return err
	}
	return r.do(func() { r.setReady(ready) })
}

// HandOver gives a LAG that this chassis carries to another one, or with an empty ID to the best, and
// waits until the store shows that or ctx is done. The error is ctx's, that of [Machine.HandOver],
// [ErrNoLAG] or [net.ErrClosed].
func (c *Chassis) HandOver(ctx context.Context, lag string, to ID) error {
	r, err := c.role(lag)
	if err != nil {
		return err
	}
	var gone <-chan struct{}
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
func (c *Chassis) Status(lag string) (st Status, err error) {
	p := c.part(lag)
	if p == nil {
		return st, ErrNoLAG
	}
	err = p.do(func() { st = p.status() })
	return st, err
}

// LAGs returns the names of the LAGs that were added, in order.
func (c *Chassis) LAGs() (names []string) {
	for _, p := range c.all() {
		names = append(names, p.name())
	}
	return names
}

// Close leaves the group. It hands over each LAG that this chassis carries, if another chassis can take
// it, and waits for that until ctx is done. Then it withdraws the permissions and what it has published,
// and closes the transport, Ends and the store. The error joins those of closing these.
func (c *Chassis) Close(ctx context.Context) error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return net.ErrClosed
	}
	c.closed = true
	c.mu.Unlock()
	var leaving sync.WaitGroup
	for _, p := range c.all() {
		// An error means that it is not active, or that no other chassis can take over.
		leaving.Go(func() { _ = c.HandOver(ctx, p.name(), "") })
	}
	leaving.Wait()
	c.cancel()
	err := c.group.Transport.Close()
	c.work.Wait()
	c.herald.withdraw(ctx)
	if c.group.Ends != nil { // after all permissions have ended, as a proof of that
		if c.stuck.Load() {
			cfg := c.group.config(c.boot, LAG{})
			time.Sleep(cfg.hold())
		}
		err = errors.Join(err, c.group.Ends.Close())
		c.ends.Wait()
	}
	return errors.Join(err, c.store.Close())
}

// follow passes the hints of the store on.
func (c *Chassis) follow() {
	for {
		select {
		case <-c.store.Changes():
			for _, p := range c.all() {
				p.poke()
			}
			c.herald.hint()
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
			if p := c.part(lag); p != nil {
				p.receive(m)
			}
		}
	}
}

// gone passes on that the process of another chassis has ended.
func (c *Chassis) gone(id ID, boot uint64) {
	for _, p := range c.all() {
		p.gone(id, boot)
	}
}

// news passes on what the chassis publish about a LAG.
func (c *Chassis) news(lag string, texts map[ID][]byte, namesake bool) {
	if p := c.part(lag); p != nil {
		p.tell(func() { p.news(texts, namesake) })
	}
}

// unpublished passes on why reports are not exchanged.
func (c *Chassis) unpublished(lag string, err error) {
	e := Event{At: time.Now(), Kind: EventReport, LAG: lag, Chassis: c.group.Me, Err: err}
	c.watchers.put(e)
	c.log(&e)
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
