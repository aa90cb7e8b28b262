package bond

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/afpacket"
	"github.com/lagkit/lagkit/internal/netlab"
)

// TestCarrierLossToPlan measures the time from a member's loss of carrier until no frame is
// sent on it, including the request that takes the other end down.
func TestCarrierLossToPlan(t *testing.T) {
	took := lossesToPlan(t, pullCable, 20, 0)
	t.Logf("carrier loss to new plan: median %v, longest %v of %d", took[len(took)/2], took[len(took)-1], len(took))
	// The machine may be busy, but a plan that waited for the 200 ms poll is too late in any case.
	if m := took[len(took)/2]; m > 100*time.Millisecond {
		t.Errorf("median %v, want at most 100 ms", m)
	}
}

// TestCarrierLossSpeed measures single losses, each after a time without changes of any link
// of the machine, because the kernel reports a loss late if it follows another change soon.
// Set BOND_SPEED=1 to run it, and BOND_SPEED=check to fail above the target.
//
// An adapter's carrier goes at once. On a virtual cable the test has to take the other end
// down, which takes the kernel a little longer and counts.
func TestCarrierLossSpeed(t *testing.T) {
	mode := os.Getenv("BOND_SPEED")
	if mode == "" {
		t.Skip("BOND_SPEED is not set: a test that measures time is for a quiet machine")
	}
	for _, cable := range []struct {
		name string
		lay  layer
	}{{"an adapter's carrier goes", loseCarrier}, {"the other end of a virtual cable is taken down", pullCable}} {
		took := lossesToPlan(t, cable.lay, 20, 1200*time.Millisecond)
		median := took[len(took)/2]
		t.Logf("%s: median %v, nine of ten %v, longest %v of %d", cable.name, median, took[len(took)*9/10], took[len(took)-1], len(took))
		if mode == "check" && median > 300*time.Microsecond {
			t.Errorf("%s: median %v, want 300 µs at most", cable.name, median)
		}
	}
}

// layer makes an interface with a carrier. It returns down, which takes the carrier away and
// returns when it asked for that, and up, which restores it.
type layer func(t *testing.T, near, far *netlab.NS, name string) (down func() time.Time, up func())

// pullCable takes the other end of the cable down.
func pullCable(t *testing.T, near, far *netlab.NS, name string) (down func() time.Time, up func()) {
	netlab.Pair(t, near, name, far, "far"+name)
	far.Up(t, "far"+name)
	return func() time.Time { return far.Down(t, "far"+name) }, func() { far.Up(t, "far"+name) }
}

// loseCarrier makes the driver report that the carrier is gone, as an adapter's driver does.
func loseCarrier(t *testing.T, near, _ *netlab.NS, name string) (down func() time.Time, up func()) {
	var fd int
	near.Must(t, func() (err error) {
		fd, err = afpacket.OpenTAP(afpacket.TAPConfig{Name: name}, true)
		return err
	})
	t.Cleanup(func() { _ = unix.Close(fd) })
	set := func(carrier int) time.Time {
		at := time.Now()
		if err := unix.IoctlSetPointerInt(fd, unix.TUNSETCARRIER, carrier); err != nil {
			t.Fatal(err)
		}
		return at
	}
	return func() time.Time { return set(0) }, func() { set(1) }
}

// lossesToPlan takes the carrier from the members of a bond of four in turn. It returns the
// times from then until the new plan was applied, sorted.
func lossesToPlan(t *testing.T, lay layer, count int, apart time.Duration) []time.Duration {
	near, far := netlab.New(t), netlab.New(t)
	var names []string
	var down [4]func() time.Time
	var up [4]func()
	for i := range 4 {
		n := fmt.Sprintf("m%d", i)
		names = append(names, n)
		down[i], up[i] = lay(t, near, far, n)
		near.Up(t, n)
	}
	b := openBond(t, near, OpenConfig{Config: Config{Mode: ModeLoadBalance, Resilient: true}, Interfaces: names, NoDevice: true})
	awaitStatus(t, b, "up on all", func(st Status) bool {
		return !slices.ContainsFunc(st.Members, func(m MemberStatus) bool { return !m.Carries })
	})
	events := b.Watch(t.Context())
	await := func(name string, up bool) Event {
		for {
			if e := nextEvent(t, events, EventMember); e.Member == name && e.Up == up {
				return e
			}
		}
	}
	var took []time.Duration
	for i := range count {
		name := names[i%4]
		if apart > 0 {
			<-time.After(apart) // the kernel's clock, not ours
		}
		start := down[i%4]()
		took = append(took, await(name, false).At.Sub(start))
		up[i%4]()
		await(name, true)
	}
	slices.Sort(took)
	return took
}
