//go:build linux

package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
)

// head is a running head.
type head struct {
	*bond.Bond
	dead atomic.Bool
	pool *pool
	move chan os.Signal
	stop context.CancelFunc
	done chan error
}

// SetPermission implements [chassis.Carrier]. A process that is dead does nothing.
func (h *head) SetPermission(p bond.Permission) error {
	if h.dead.Load() {
		return nil
	}
	return h.Bond.SetPermission(p)
}

// pair is two heads and the switch, with two links to each.
type pair struct {
	t     *testing.T
	heads []*head
	net   *bond.Bond
}

const hold = time.Second

func newPair(t *testing.T) *pair {
	p := &pair{t: t}
	file := filepath.Join(t.TempDir(), "pool")
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 0x77}
	var far []link.Port
	for i, name := range []string{"a", "b"} {
		x, y := linktest.NewCable(name+"1", "far-"+name+"1"), linktest.NewCable(name+"2", "far-"+name+"2")
		b := openBond(t, bond.Config{Rate: bond.RateFast, NeedsPermission: true, SystemAddr: mac, HardwareAddr: mac, PortBase: chassis.PortBase(i + 1)}, x.A, y.A)
		far = append(far, x.B, y.B)
		pool, err := openPool(file, name)
		if err != nil {
			t.Fatal(err)
		}
		p.heads = append(p.heads, &head{Bond: b, pool: pool, move: make(chan os.Signal), done: make(chan error, 1)})
	}
	p.net = openBond(t, bond.Config{Rate: bond.RateFast}, far...)
	for _, h := range p.heads {
		ctx, stop := context.WithCancel(t.Context())
		h.stop = stop
		go func() { h.done <- follow(ctx, h.pool, h, hold, h.move) }()
		p.carries(5*time.Second, "a")
	}
	return p
}

func openBond(t *testing.T, c bond.Config, links ...link.Port) *bond.Bond {
	t.Helper()
	b, err := bond.New(c, links...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// carries checks, after some time, which head the switch sends its data to.
func (p *pair) carries(after time.Duration, want string) {
	p.t.Helper()
	time.Sleep(after)
	synctest.Wait()
	got := ""
	for _, m := range p.net.Status().Members {
		if m.Carries {
			got += m.Name[4:5]
		}
	}
	if got != want+want {
		p.t.Fatalf("after %v the switch uses links to %q, want both to %q", after, got, want)
	}
}

// close ends the heads and the switch.
func (p *pair) close() {
	for _, h := range p.heads {
		h.stop()
		if err := <-h.done; err != nil {
			p.t.Error(err)
		}
		if err := h.Close(); err != nil {
			p.t.Error(err)
		}
		if err := h.pool.file.Close(); err != nil {
			p.t.Error(err)
		}
	}
	if err := p.net.Close(); err != nil {
		p.t.Error(err)
	}
}

// TestLAGFollowsThePool moves the pool there and back. Each import has an epoch of its own.
func TestLAGFollowsThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.close()
		a, b := p.heads[0], p.heads[1]
		if r := b.Status().Members[0].Reason.String(); r != "StandbyChassis (a)" {
			t.Errorf("a link of b: reason %s, want StandbyChassis (a)", r)
		}
		if epoch := a.Status().Permission.Epoch; epoch != 1 {
			t.Errorf("a carries the LAG in epoch %d, want 1", epoch)
		}
		a.move <- os.Interrupt
		p.carries(hold/2, "b")
		if epoch := b.Status().Permission.Epoch; epoch != 2 {
			t.Errorf("b carries the LAG in epoch %d, want 2", epoch)
		}
		time.Sleep(2 * rest)
		b.move <- os.Interrupt
		p.carries(hold/2, "a")
	})
}

// TestHeadDies: the other head takes the pool, and carries data once no permission can be left.
func TestHeadDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.close()
		a := p.heads[0]
		a.dead.Store(true)
		if err := syscall.Flock(int(a.pool.file.Fd()), syscall.LOCK_UN); err != nil { // as the kernel does then
			t.Fatal(err)
		}
		p.carries(hold/2, "a") // its links still have a permission
		p.carries(hold, "b")
	})
}
