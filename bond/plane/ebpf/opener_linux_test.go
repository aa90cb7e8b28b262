package ebpf

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/netlab/catch"
	"github.com/lagkit/lagkit/lacp"
)

// opened is a bond that Open made of the interfaces m0 and m1, and a partner with a bond of the
// other ends of their cables.
type opened struct {
	kind      hookKind
	near, far *netlab.NS
	state     string // bond.OpenConfig.StateDir
	pins      string
	bond      *bond.Bond
	partner   *bond.Bond
	sent      *netlab.Wire       // of the partner's device
	arrived   chan catch.Arrival // at the bond's device
	number    int                // of the next frame
}

func openPair(t *testing.T, kind hookKind, rate bond.Rate) *opened {
	t.Helper()
	o := &opened{kind: kind, near: netlab.New(t), far: netlab.New(t), state: t.TempDir(), pins: bpfFS(t), arrived: make(chan catch.Arrival, 4096)}
	for _, end := range []string{"0", "1"} {
		netlab.Pair(t, o.near, "m"+end, o.far, "f"+end)
		o.near.Up(t, "m"+end)
		o.far.Up(t, "f"+end)
	}
	o.partner = openBond(t, kind, o.far, rate, net.HardwareAddr{2, 0, 0, 0, 0, 2}, "f0", "f1")
	return o
}

// open opens the bond.
func (o *opened) open(t *testing.T, change func(*bond.OpenConfig)) {
	t.Helper()
	cfg := bond.OpenConfig{
		Config: bond.Config{Name: "bond0", Mode: bond.ModeLACP, Plane: New(Config{Pins: o.pins, onlyFilters: o.kind == inFilters}),
			Hash: hash.Layer34, Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}},
		Interfaces: []string{"m0", "m1"}, KeepDevice: true, StateDir: o.state,
	}
	if change != nil {
		change(&cfg)
	}
	o.near.Must(t, func() (err error) {
		if cfg.Opener, err = NewOpener(); err != nil {
			return err
		}
		o.bond, err = bond.Open(cfg)
		return err
	})
}

// exchange sends frames from the partner to the bond until end is closed. It returns an error unless
// each of them arrives once.
func (o *opened) exchange(end <-chan struct{}) error {
	const window = 64 // on the way at a time
	missing := make(map[int]bool)
	for ended := false; !ended || len(missing) > 0; {
		select {
		case <-end:
			ended, end = true, nil
		default:
		}
		if !ended && len(missing) < window {
			if err := o.sent.TrySend(numbered(o.number%64, o.number)); err != nil {
				return err
			}
			missing[o.number] = true
			o.number++
			continue
		}
		select {
		case a := <-o.arrived:
			number := numberOf(a.Frame)
			if !missing[number] {
				return fmt.Errorf("frame %d arrived twice", number)
			}
			delete(missing, number)
		case <-time.After(netlab.Patience):
			return fmt.Errorf("of %d frames %d did not arrive", o.number, len(missing))
		}
	}
	return nil
}

// TestOpenedBondOutlivesItsProcess suspends a bond and opens it again. The devices stay, the
// partner does not notice, and no frame is lost. In the end the interfaces are as they were.
// EBPF_FRAMES is how many frames are sent at least.
func TestOpenedBondOutlivesItsProcess(t *testing.T) {
	netlab.Slow(t)
	overHooks(t, testOpenedBondOutlivesItsProcess)
}

func testOpenedBondOutlivesItsProcess(t *testing.T, kind hookKind) {
	wanted := netlab.Number(t, "EBPF_FRAMES", 100)
	o := openPair(t, kind, bond.RateSlow)
	o.near.AddAddr(t, "m0", "198.51.100.1/24")
	o.near.AwaitAddresses(t)
	before := o.near.Dump(t)
	o.open(t, nil)
	awaitMembers(t, o.bond, 2)
	awaitMembers(t, o.partner, 2)
	if out := o.near.Run(t, "ip", "-d", "-o", "link", "show", "dev", "m0"); !strings.Contains(out, "PROMISC,") || !strings.Contains(out, "ALLMULTI") {
		t.Errorf("a member does not receive the frames of all stations:\n%s", out)
	}
	o.sent = o.far.Wire(t, "bond0")
	catch.Listen(t, o.near, o.near.Index(t, "bond0"), 0, o.arrived)
	events, index := o.partner.Watch(context.Background()), o.near.Index(t, "bond0")
	start, restarts := time.Now(), 0
	for ; restarts < 5 || o.number < wanted; restarts++ {
		end, result := make(chan struct{}), make(chan error)
		go func() { result <- o.exchange(end) }()
		saved, err := o.bond.Suspend(context.Background())
		if err != nil {
			t.Error(err)
		}
		o.open(t, func(cfg *bond.OpenConfig) { cfg.Restore = &saved })
		awaitMembers(t, o.bond, 2)
		close(end)
		if err := <-result; err != nil {
			t.Fatalf("restart %d: %v", restarts, err)
		}
	}
	t.Logf("0 of %d frames lost over %d restarts, %.0f frames a second", o.number, restarts, float64(o.number)/time.Since(start).Seconds())
	if now := o.near.Index(t, "bond0"); now != index {
		t.Errorf("bond0 has index %d, want %d as before", now, index)
	}
	for {
		select {
		case e := <-events:
			if !e.Up && (e.Kind == bond.EventMember || e.Kind == bond.EventBond) {
				t.Errorf("the partner saw %v", e)
			}
			continue
		default:
		}
		break
	}
	if err := o.bond.Close(); err != nil {
		t.Error(err)
	}
	o.near.AwaitAddresses(t)
	if diff := before.Diff(o.near.Dump(t)); diff != "" {
		t.Errorf("after Close the interfaces differ:\n%s", diff)
	}
	if left, _ := filepath.Glob(filepath.Join(o.pins, "*")); len(left) > 0 {
		t.Errorf("pins are left: %q", left)
	}
}

// TestSavedComesInTime: a bond whose process may be killed saves the state of all its members that
// carry data, and saves it again before the partner's timeout.
func TestSavedComesInTime(t *testing.T) {
	netlab.Slow(t)
	o := openPair(t, inFilters, bond.RateFast) // every kernel has filters
	saves := make(chan lacp.Saved, 100)
	o.open(t, func(cfg *bond.OpenConfig) { cfg.Saved = func(s lacp.Saved) { saves <- s } })
	defer func() {
		if err := o.bond.Close(); err != nil {
			t.Error(err)
		}
	}()
	complete := func(s lacp.Saved) bool {
		return len(s.Ports) == 2 && !slices.ContainsFunc(s.Ports, func(p lacp.SavedPort) bool { return p.Mux < lacp.MuxDistributing })
	}
	var times []time.Time
	deadline := time.After(netlab.Patience)
	for len(times) < 3 {
		select {
		case s := <-saves:
			if complete(s) {
				times = append(times, s.At)
			}
		case <-deadline:
			t.Fatalf("%d states with both members in use were saved, want 3", len(times))
		}
	}
	for i, at := range times[1:] {
		if pause := at.Sub(times[i]); pause > lacp.ShortTimeoutTime/2 {
			t.Errorf("a state was saved %v after the one before, want less than half the partner's timeout of %v", pause, lacp.ShortTimeoutTime)
		}
	}
}
