package bond_test

import (
	"errors"
	"io/fs"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/netif"
	"github.com/lagkit/lagkit/bond/plane"
)

// cables is an Opener of links in memory. Links appear while the bond runs.
type cables struct {
	arrivals chan struct{}
	late     link.Port // appears just before there are arrivals

	mu     sync.Mutex
	links  map[string]link.Port
	opened []netif.Config
	closed int
}

func (c *cables) OpenLink(cfg netif.Config) (link.Port, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened = append(c.opened, cfg)
	if l := c.links[cfg.Name]; l != nil {
		return l, nil
	}
	return nil, fs.ErrNotExist
}

func (c *cables) OpenDevice(netif.DeviceConfig) (link.Face, error) { return face{}, nil }

func (c *cables) Arrivals() (<-chan struct{}, error) {
	if c.late != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.links[c.late.Name()] = c.late
	}
	return c.arrivals, nil
}

func (c *cables) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed++
	return nil
}

func (c *cables) add(l link.Port) {
	c.mu.Lock()
	c.links[l.Name()] = l
	c.mu.Unlock()
	c.arrivals <- struct{}{}
}

// A program gives Open links and a device of its own. An interface that is missing joins when it
// appears.
func TestOpenWithAnOpener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := linktest.NewCable("a", "far a"), linktest.NewCable("b", "far b")
		c := &cables{arrivals: make(chan struct{}, 1), links: map[string]link.Port{"a": first.A}}
		b, err := bond.Open(bond.OpenConfig{
			Config:     bond.Config{Mode: bond.ModeLoadBalance, Plane: new(plane.None), MTU: 4000},
			Interfaces: []string{"a", "b"}, ReceiveRing: true,
			Opener: c,
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if st := b.Status(); len(st.Members) != 1 || len(st.Missing) != 1 || st.Missing[0].Name != "b" {
			t.Errorf("members %+v, missing %+v; want a, and b missing", st.Members, st.Missing)
		}
		c.add(second.A)
		time.Sleep(time.Second)
		synctest.Wait()
		if st := b.Status(); len(st.Members) != 2 || len(st.Missing) != 0 || st.Device.Name != "bond0" {
			t.Errorf("members %+v, missing %+v, device %q; want a and b, none, bond0", st.Members, st.Missing, st.Device.Name)
		}
		last := c.opened[len(c.opened)-1]
		if last.Name != "b" || last.MTU != 4000 || string(last.HardwareAddr) != string(first.A.HardwareAddr()) || !last.ReceiveRing {
			t.Errorf("opened with %+v, want b with MTU 4000, a ring and the address of a", last)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if c.closed != 1 {
			t.Errorf("Opener closed %d times, want once", c.closed)
		}
	})
}

// An interface that appears after Open has missed it, and before the bond hears of arrivals, joins
// at once.
func TestInterfaceThatAppearsDuringOpenJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := linktest.NewCable("a", "far a"), linktest.NewCable("b", "far b")
		c := &cables{arrivals: make(chan struct{}, 1), links: map[string]link.Port{"a": first.A}, late: second.A}
		b, err := bond.Open(bond.OpenConfig{
			Config:     bond.Config{Mode: bond.ModeLoadBalance, Plane: new(plane.None)},
			Interfaces: []string{"a", "b"},
			Opener:     c,
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if st := b.Status(); len(st.Members) != 2 || len(st.Missing) != 0 {
			t.Errorf("%d members, missing %+v; want both members", len(st.Members), st.Missing)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestOpenThatFailsClosesTheOpener(t *testing.T) {
	c := &cables{links: map[string]link.Port{"a": linktest.NewCable("a", "far").A}}
	_, err := bond.Open(bond.OpenConfig{Interfaces: []string{"a"}, Opener: c}) // the plane needs a device with data
	var refused *bond.ConfigError
	if !errors.As(err, &refused) || refused.Field != "Device" {
		t.Errorf("Open() = %v, want a ConfigError about Device", err)
	}
	if c.closed != 1 {
		t.Errorf("Opener closed %d times, want once", c.closed)
	}
}
