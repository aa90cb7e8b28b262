package bond_test

import (
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

func permit(t *testing.T, b *bond.Bond, p bond.Permission) {
	t.Helper()
	if err := b.SetPermission(p); err != nil {
		t.Fatal(err)
	}
}

// A bond that needs a permission carries data while it has one, and its partner knows.
func TestPermission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, bond.Config{Rate: bond.RateFast, NeedsPermission: true}, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		waitCarrying(t, p.a, 5*time.Second)
		waitCarrying(t, p.b, 0)
		if r := memberOf(p.a, "a0").Reason; r.Code != lacp.ReasonPermissionLost {
			t.Errorf("at first: reason %v, want PermissionLost", r)
		}
		permit(t, p.a, bond.Permission{Until: plane.Clock() + 10*time.Second, Epoch: 7})
		waitCarrying(t, p.a, 100*time.Millisecond, "a0", "a1")
		waitCarrying(t, p.b, 0, "b0", "b1")
		if got := p.a.Status().Permission; got.Epoch != 7 {
			t.Errorf("status: permission %+v, want epoch 7", got)
		}
		permit(t, p.a, bond.Permission{Until: plane.Clock() + 10*time.Second})
		waitCarrying(t, p.a, 9*time.Second+800*time.Millisecond, "a0", "a1")
		waitCarrying(t, p.a, 300*time.Millisecond)
		waitCarrying(t, p.b, 0)
		if r := memberOf(p.a, "a0").Reason; r.Code != lacp.ReasonPermissionLost {
			t.Errorf("after its time: reason %v, want PermissionLost", r)
		}
		permit(t, p.a, bond.Permission{Until: plane.Clock() + time.Minute})
		waitCarrying(t, p.a, 100*time.Millisecond, "a0", "a1")
		permit(t, p.a, bond.Permission{Code: lacp.ReasonStandbyChassis, Have: "head-b"})
		waitCarrying(t, p.a, 0)
		if r := memberOf(p.a, "a1").Reason; r.String() != "StandbyChassis (head-b)" {
			t.Errorf("withdrawn: reason %v, want StandbyChassis (head-b)", r)
		}
	})
}

func TestPermissionWithoutProtocol(t *testing.T) {
	for _, mode := range []bond.Mode{bond.ModeLoadBalance, bond.ModeFailover} {
		synctest.Test(t, func(t *testing.T) {
			f := newFar(t, 1, bond.Config{Mode: mode, NeedsPermission: true})
			waitCarrying(t, f.Bond, time.Second)
			if err := f.Send(make([]byte, 60)); !errors.Is(err, bond.ErrNoMember) {
				t.Errorf("%v: Send without permission: %v, want ErrNoMember", mode, err)
			}
			permit(t, f.Bond, bond.Permission{Until: plane.Clock() + 10*time.Second, Code: lacp.ReasonNotReady, Have: "pool"})
			waitCarrying(t, f.Bond, time.Second, "m0")
			if err := f.Send(make([]byte, 60)); err != nil {
				t.Errorf("%v: Send with permission: %v", mode, err)
			}
			waitCarrying(t, f.Bond, 10*time.Second)
			if r := memberOf(f.Bond, "m0").Reason; r.String() != "NotReady (pool)" {
				t.Errorf("%v: after its time: reason %v, want NotReady (pool)", mode, r)
			}
			permit(t, f.Bond, bond.Permission{Code: lacp.ReasonNotReady, Have: "routes"})
			if r := memberOf(f.Bond, "m0").Reason; r.String() != "NotReady (routes)" {
				t.Errorf("%v: reason %v, want NotReady (routes)", mode, r)
			}
		})
	}
}

// The permission outlasts a change of mode, and a member that is added obeys it.
func TestPermissionStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 1, bond.Config{Rate: bond.RateFast, NeedsPermission: true}, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		set(t, p.a, func(c *bond.Config) { c.SystemPriority = 7 })
		waitCarrying(t, p.a, 5*time.Second)
		permit(t, p.a, bond.Permission{Until: plane.Clock() + time.Minute})
		waitCarrying(t, p.a, time.Second, "a0")
		set(t, p.a, func(c *bond.Config) { c.SystemPriority = 8 })
		waitCarrying(t, p.a, 5*time.Second, "a0")
		permit(t, p.a, bond.Permission{})
		c := linktest.NewCable("a9", "b9")
		if err := errors.Join(p.a.AddMember(c.A), p.b.AddMember(c.B)); err != nil {
			t.Fatal(err)
		}
		waitCarrying(t, p.a, 5*time.Second)
	})
}

// unfenced is a plane that can't look at a permission.
type unfenced struct{ plane.Plane }

func TestPermissionErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuses := func(what, field string, err error) {
			t.Helper()
			var refused *bond.ConfigError
			if !errors.As(err, &refused) || refused.Field != field {
				t.Errorf("%s: %v, want a ConfigError of %s", what, err, field)
			}
		}
		c := linktest.NewCable("m0", "far0")
		defer c.B.Close()
		_, err := bond.New(bond.Config{NeedsPermission: true, Plane: unfenced{new(plane.None)}}, link.Port(c.A))
		refuses("a plane that is no Fencer", "NeedsPermission", err)

		f := newFar(t, 1, bond.Config{})
		refuses("a bond that needs none", "NeedsPermission", f.SetPermission(bond.Permission{}))
		refuses("a change while the bond runs", "NeedsPermission", f.Set(func(c *bond.Config) { c.NeedsPermission = true }))
		refuses("a reason to carry data", "Code", f.SetPermission(bond.Permission{Code: lacp.ReasonDistributing}))
		refuses("no reason", "Code", f.SetPermission(bond.Permission{Code: 255}))
		refuses("a foreign port with the number of ours", "Port.Number", f.SetForeign([]lacp.Foreign{{Port: lacp.PortID{Number: 1}}}))
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := f.SetPermission(bond.Permission{}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("SetPermission of a closed bond: %v, want ErrClosed", err)
		}
		if err := f.SetForeign(nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("SetForeign of a closed bond: %v, want ErrClosed", err)
		}
	})
}

func TestSuspendSavesEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 1, bond.Config{Rate: bond.RateFast, NeedsPermission: true}, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		permit(t, p.a, bond.Permission{Until: plane.Clock() + time.Hour, Epoch: 4711})
		waitCarrying(t, p.a, 5*time.Second, "a0")
		saved, err := p.a.Suspend(t.Context())
		if err != nil || saved.Epoch != 4711 || len(saved.Ports) != 1 {
			t.Errorf("Suspend() = %+v, %v; want one port and epoch 4711", saved, err)
		}
	})
}

// Ports of another chassis take places among the links that the bond may use.
func TestForeignPorts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := bond.LACPConfig{MaxLinks: 2}
		p := newPair(t, 2, bond.Config{Rate: bond.RateFast, LACP: limit, PortBase: 16, SystemPriority: 1}, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		waitCarrying(t, p.a, 5*time.Second, "a0", "a1")
		own := memberOf(p.a, "a0").LACP
		other := lacp.Foreign{Port: lacp.PortID{Priority: 1, Number: 4097}, Key: own.Actor.Key, Partner: own.Partner, Usable: true}
		if err := p.a.SetForeign([]lacp.Foreign{other}); err != nil {
			t.Fatal(err)
		}
		waitCarrying(t, p.a, time.Second, "a0")
		set(t, p.a, func(c *bond.Config) { c.SystemPriority = 2 }) // a new machine
		waitCarrying(t, p.a, 5*time.Second, "a0")
		if err := p.a.SetForeign(nil); err != nil {
			t.Fatal(err)
		}
		waitCarrying(t, p.a, 5*time.Second, "a0", "a1")
	})
}

// Ports of another chassis count for MinLinks.
func TestForeignPortsCountForMinLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 1, bond.Config{Rate: bond.RateFast, MinLinks: 2}, bond.Config{Rate: bond.RateFast})
		defer p.close(t)
		waitCarrying(t, p.a, 5*time.Second)
		own := memberOf(p.a, "a0").LACP
		other := lacp.Foreign{Port: lacp.PortID{Number: 4097}, Key: own.Actor.Key, Partner: own.Partner, Distributing: true}
		if err := p.a.SetForeign([]lacp.Foreign{other}); err != nil {
			t.Fatal(err)
		}
		waitCarrying(t, p.a, 0, "a0")
		other.Distributing = false
		if err := p.a.SetForeign([]lacp.Foreign{other}); err != nil {
			t.Fatal(err)
		}
		waitCarrying(t, p.a, 0)
	})
}
