package etcdtest

import (
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/bond/plane"
)

// carrier stands for a bond: it has a permission and two links.
type carrier struct {
	mu    sync.Mutex
	until time.Duration
}

func (c *carrier) SetPermission(p bond.Permission) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = p.Until
	return nil
}

func (c *carrier) Status() bond.Status { return bond.Status{} }

// passes reports whether it carries data at a time.
func (c *carrier) passes(now time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return now < c.until
}

// pair is a group of two chassis over a cluster of etcd.
type pair struct {
	t        *testing.T
	network  *chassistest.Network
	ids      [2]chassis.ID
	chassis  [2]*chassis.Chassis
	carriers [2]*carrier
	proxies  [2][]*proxy // to the members
}

func newPair(t *testing.T, c *cluster) *pair {
	t.Helper()
	p := &pair{t: t, network: chassistest.NewNetwork(1), ids: [2]chassis.ID{"head-a", "head-b"}}
	for i, me := range p.ids {
		var endpoints []string
		for _, s := range c.servers {
			p.proxies[i] = append(p.proxies[i], newProxy(t, s.client))
			endpoints = append(endpoints, p.proxies[i][len(endpoints)].url())
		}
		g := chassis.Group{
			Name: group, Me: me, Others: []chassis.ID{p.ids[1-i]}, Secret: make([]byte, 16), Transport: p.network.Open(me),
			Hold: 600 * time.Millisecond,
		}
		var err error
		if p.chassis[i], err = chassis.Join(g, c.open(endpoints...)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.chassis[i].Close(t.Context()) })
		p.carriers[i] = new(carrier)
		if err := p.chassis[i].Add(lag, p.carriers[i], chassis.LAG{Score: func(bond.Status) int { return 2 }}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// active returns which chassis carries the LAG; -1: none does. It fails the test if both do.
func (p *pair) active() int {
	p.t.Helper()
	now, active := plane.Clock(), -1
	for i, c := range p.carriers {
		if c.passes(now) {
			if active >= 0 {
				p.t.Fatal("both chassis carry the LAG")
			}
			active = i
		}
	}
	return active
}

// isolate cuts a chassis from the other one and from etcd.
func (p *pair) isolate(i int) {
	p.network.Cut(p.ids[i], p.ids[1-i])
	p.network.Cut(p.ids[1-i], p.ids[i])
	for _, proxy := range p.proxies[i] {
		proxy.setCut(true)
	}
}

// Two chassis over etcd: one carries the LAG, hands it over, goes on while a member of etcd dies, and
// is replaced when it is isolated. Never do both carry it.
func TestTwoChassis(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 3})
	p := newPair(t, c)
	first := -1
	await(t, "one chassis carries the LAG", func() bool { first = p.active(); return first >= 0 })
	other := 1 - first
	await(t, "the other one takes over by order", func() bool {
		if p.active() == other {
			return true
		}
		_ = p.chassis[first].HandOver(t.Context(), lag, "") // refused until the other one is known to be able
		return p.active() == other
	})
	c.leader().kill()
	killed := time.Now()
	var st chassis.Status
	await(t, "the store answers what was asked after the death of its leader, and the LAG is carried", func() (yes bool) {
		var err error
		st, err = p.chassis[other].Status(lag)
		return err == nil && st.Store.Err == nil && st.Store.Contact < time.Since(killed) && p.active() == other
	})
	p.isolate(other)
	await(t, "the first one takes over", func() bool { return p.active() == first })
	if got, err := p.chassis[first].Status(lag); err != nil || got.View.Active != p.ids[first] || got.View.Epoch <= st.View.Epoch {
		t.Errorf("view after the takeover: %+v, %v, want %s active with an epoch above %d", got.View, err, p.ids[first], st.View.Epoch)
	}
}
