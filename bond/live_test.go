package bond_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

func TestAddAndRemoveMembersOfALAG(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, fast34, fast34)
		defer p.close(t)
		p.waitReady(t, 4*time.Second)
		synctest.Wait()
		system := p.a.Status().System
		c := linktest.NewCable("a2", "b2")
		if err := errors.Join(p.a.AddMember(c.A), p.b.AddMember(c.B)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if got := carrying(p.a); !slices.Equal(got, []string{"a0", "a1", "a2"}) {
			t.Fatalf("%v carry data after one was added", got)
		}
		since := p.a.Status().Members[1].Reason.Since
		// a0 gave the bond its MAC address and system identifier.
		start := time.Now()
		if err := p.a.RemoveMember("a0"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 100*time.Millisecond {
			t.Errorf("removal took %v, want 100 ms", took)
		}
		synctest.Wait()
		st := p.a.Status()
		if got := carrying(p.a); !slices.Equal(got, []string{"a1", "a2"}) || st.System != system || !slices.Equal(p.a.HardwareAddr(), p.cables[0].A.HardwareAddr()) {
			t.Errorf("%v carry data, system %v, MAC %v", got, st.System, p.a.HardwareAddr())
		}
		if got := st.Members[0].Reason.Since; !got.Equal(since) {
			t.Errorf("a1 has changed: distributing since %v, not %v", got, since)
		}
		if got := carrying(p.b); !slices.Equal(got, []string{"b1", "b2"}) {
			t.Errorf("the partner uses %v", got)
		}
		// It comes back to its place.
		c = linktest.NewCable("a0", "b0 again")
		if err := errors.Join(p.a.AddMember(c.A), p.b.RemoveMember("b0"), p.b.AddMember(c.B)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if got := p.a.Status().Members; got[0].Name != "a0" || got[0].ID != 0 || !got[0].Carries {
			t.Errorf("%+v", got[0])
		}
	})
}

func TestRemoveLastMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 1, bond.Config{Mode: bond.ModeLoadBalance})
		f.send(t, 0, 10)
		if err := f.RemoveMember("m0"); err != nil {
			t.Fatal(err)
		}
		st := f.Status()
		if st.Up || len(st.Members) != 0 || st.Former.TxFrames != 10 || !errors.Is(f.Send(numbered(0)), bond.ErrNoMember) {
			t.Errorf("%+v", st)
		}
		if err := f.AddMember(linktest.NewCable("m5", "far5").A); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := carrying(f.Bond); !slices.Equal(got, []string{"m5"}) {
			t.Errorf("%v carry data", got)
		}
	})
}

func TestMemberErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 1, bond.Config{Mode: bond.ModeLoadBalance})
		var ce *bond.ConfigError
		for _, err := range []error{f.RemoveMember("m9"), f.Drain("m9", true), f.AddMember(linktest.NewCable("m0", "x").A), f.AddInterface("eth0")} {
			if !errors.As(err, &ce) {
				t.Errorf("%v, want a ConfigError", err)
			}
		}
		f.Close()
		for _, err := range []error{f.RemoveMember("m0"), f.Drain("m0", true), f.AddMember(linktest.NewCable("m1", "x").A), f.Set(func(*bond.Config) {})} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("after Close: %v, want net.ErrClosed", err)
			}
		}
	})
}

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, fast34, fast34)
		defer p.close(t)
		p.waitReady(t, 4*time.Second)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if err := p.a.Drain("a0", true); err != nil {
			t.Fatal(err)
		}
		for i := range 64 {
			if err := errors.Join(p.a.Send(udp(i)), p.b.Send(udp(i))); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		a0 := p.a.Status().Members[0]
		if a0.Carries || a0.Hold != bond.HoldDrained || a0.Reason.Code != lacp.ReasonDraining || a0.LACP.Drain != lacp.DrainDone || a0.Counters.TxFrames != 0 {
			t.Errorf("drained member: %+v", a0)
		}
		if a0.Counters.RxNotCollecting != 0 {
			t.Errorf("it discarded %d frames", a0.Counters.RxNotCollecting)
		}
		b := p.b.Status()
		if b.Members[0].Carries || !b.Members[1].Carries || b.Members[0].Counters.Marker.MarkerResponsePDUsTx != 1 {
			t.Errorf("the partner goes on with it, or was not asked by a Marker: %+v", b.Members[0])
		}
		arrived := b.Members[1].Counters.RxFrames
		for i := range 64 {
			if err := p.a.Send(udp(i)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if got := p.b.Status().Members[1].Counters.RxFrames - arrived; got != 64 {
			t.Errorf("%d of 64 frames arrived by the other member", got)
		}
		if err := p.a.Drain("a0", false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got := carrying(p.a); len(got) != 2 {
			t.Errorf("%v carry data after the end of the drain", got)
		}
	})
}

// memberOf returns the status of a member, nil if it is none.
func memberOf(b *bond.Bond, name string) *bond.MemberStatus {
	for _, m := range b.Status().Members {
		if m.Name == name {
			return &m
		}
	}
	return nil
}

// What was sent on a member that leaves in good order, at whichever end, is asked for by a
// Marker: the flows that move wait no longer than for its answer. Where the partner does
// not hear us there is nothing to wait for.
func TestMarkerBehindAMemberThatLeaves(t *testing.T) {
	for _, test := range []struct {
		name    string
		leave   func(p *pair) error // may take a while
		answers uint64
	}{
		{"it is removed here", func(p *pair) error { return p.a.RemoveMember("a0") }, 1},
		{"it is removed there", func(p *pair) error { return p.b.RemoveMember("b0") }, 1},
		{"it is drained there", func(p *pair) error { return p.b.Drain("b0", true) }, 1},
		{"our LACPDUs are lost", func(p *pair) error {
			p.cables[0].A.Lose(linktest.Control)
			time.Sleep(3500 * time.Millisecond)
			return nil
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				slow := fast34
				slow.FlushTimeout = time.Second
				p := newPair(t, 2, slow, slow)
				defer p.close(t)
				p.waitReady(t, 4*time.Second)
				time.Sleep(2 * time.Second)
				synctest.Wait()
				sendAll := func() {
					for i := range 64 {
						if err := p.a.Send(udp(i)); err != nil {
							t.Fatal(err)
						}
					}
					synctest.Wait()
				}
				sendAll()
				before := memberOf(p.b, "b1").Counters.RxFrames
				left := make(chan error, 1)
				go func() { left <- test.leave(p) }()
				for synctest.Wait(); slices.Contains(carrying(p.a), "a0"); synctest.Wait() {
					time.Sleep(time.Millisecond)
				}
				sendAll()
				if got := memberOf(p.b, "b1").Counters.RxFrames - before; got != 64 {
					t.Errorf("%d of 64 frames arrived by the other member before any time has passed", got)
				}
				// The end that removes it does not count any more.
				answers := uint64(0)
				if m := memberOf(p.a, "a0"); m != nil {
					answers = m.LACP.Counters.MarkerResponsePDUsRx
				} else if m := memberOf(p.b, "b0"); m != nil {
					answers = m.Counters.Marker.MarkerResponsePDUsTx
				}
				if answers != test.answers {
					t.Errorf("%d answers to Markers, want %d", answers, test.answers)
				}
				if err := <-left; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestMinLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 3, bond.Config{Mode: bond.ModeLoadBalance, MinLinks: 2})
		if !f.Status().Up {
			t.Fatal("not up with three members")
		}
		f.cables[0].SetUp(false)
		synctest.Wait()
		if !f.Status().Up {
			t.Error("not up with two members")
		}
		f.cables[1].SetUp(false)
		synctest.Wait()
		st := f.Status()
		if st.Up || st.Members[2].Carries || st.Members[2].Hold != bond.HoldMinLinks || !errors.Is(f.Send(numbered(0)), bond.ErrNoMember) {
			t.Errorf("with one member: %+v", st)
		}
		f.cables[0].SetUp(true)
		synctest.Wait()
		if !f.Status().Up {
			t.Error("not up with two members again")
		}
	})
}

func TestSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 3, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34})
		long := append(udp(1), make([]byte, 8000)...)
		if err := f.Send(long); !errors.Is(err, bond.ErrTooLong) {
			t.Errorf("long frame: %v", err)
		}
		if err := f.Set(func(c *bond.Config) { c.MTU = 9000; c.Hash = hash.Layer2; c.MinLinks = 2 }); err != nil {
			t.Fatal(err)
		}
		if err := f.Send(long); err != nil {
			t.Errorf("long frame with MTU 9000: %v", err)
		}
		for i, c := range f.cables {
			if mtu, _ := c.A.MTU(); mtu != 9000 {
				t.Errorf("m%d has MTU %d", i, mtu)
			}
		}
		f.send(t, 0, 30) // all between the same two stations
		used := 0
		for i := range 3 {
			if len(f.arrived(i)) > 0 {
				used++
			}
		}
		if st := f.Status(); used != 1 || st.Hash != hash.Layer2 || st.MTU != 9000 || f.MTU() != 9000 {
			t.Errorf("%d members used, hash %v, MTU %d", used, st.Hash, st.MTU)
		}
		// A refusal changes nothing.
		for field, change := range map[string]func(*bond.Config){
			"MTU":     func(c *bond.Config) { c.Mode = bond.ModeNone; c.MTU = 1 },
			"Name":    func(c *bond.Config) { c.Mode = bond.ModeNone; c.Name = "other" },
			"Primary": func(c *bond.Config) { c.Mode = bond.ModeNone; c.Primary = "nobody" },
		} {
			var ce *bond.ConfigError
			if err := f.Set(change); !errors.As(err, &ce) || ce.Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		if st := f.Status(); st.Mode != bond.ModeLoadBalance || !st.Up {
			t.Errorf("mode %v, up %v after refusals", st.Mode, st.Up)
		}
	})
}

func TestSetMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, fast34, fast34)
		defer p.close(t)
		p.waitReady(t, 4*time.Second)
		set := func(m bond.Mode) {
			t.Helper()
			for _, b := range []*bond.Bond{p.a, p.b} {
				if err := b.Set(func(c *bond.Config) { c.Mode = m }); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(4 * time.Second)
			synctest.Wait()
		}
		for _, m := range []bond.Mode{bond.ModeLoadBalance, bond.ModeNone, bond.ModeLACP, bond.ModeFailover, bond.ModeBroadcast, bond.ModeRoundRobin, bond.ModeLACP} {
			set(m)
			want := map[bond.Mode]int{bond.ModeNone: 0, bond.ModeFailover: 1}
			n, ok := want[m]
			if !ok {
				n = 2
			}
			if st := p.a.Status(); len(carrying(p.a)) != n || st.Mode != m || st.Up != (n > 0) {
				t.Errorf("%v: %v carry data, up %v", m, carrying(p.a), st.Up)
			}
		}
	})
}

// Changing the rate asks the partner for another, and touches nothing else.
func TestSetRateKeepsTheLAG(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, 2, bond.Config{}, bond.Config{})
		defer p.close(t)
		p.waitReady(t, 4*time.Second)
		time.Sleep(time.Minute)
		before := p.a.Status().Members[0]
		if err := p.a.Set(func(c *bond.Config) { c.Rate = bond.RateFast }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		after := p.a.Status().Members[0]
		if n := after.LACP.Counters.LACPDUsRx - before.LACP.Counters.LACPDUsRx; n < 55 || n > 65 {
			t.Errorf("%d LACPDUs in the minute after FAST, want one a second", n)
		}
		if !after.Carries || !after.Reason.Since.Equal(before.Reason.Since) {
			t.Errorf("distributing since %v, before since %v", after.Reason.Since, before.Reason.Since)
		}
	})
}

func TestThousandCyclesLeaveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeLoadBalance})
		before := runtime.NumGoroutine()
		for i := range 1000 {
			c := linktest.NewCable("x"+strconv.Itoa(i), "y")
			if err := f.AddMember(c.A); err != nil {
				t.Fatal(err)
			}
			if i%3 == 0 {
				// As its interface vanishes under it.
				c.A.Close()
			}
			synctest.Wait()
			_ = f.RemoveMember("x" + strconv.Itoa(i))
		}
		synctest.Wait()
		// Other tests' goroutines count too; a leak would leave one of each third cycle at least.
		if after := runtime.NumGoroutine(); after > before+100 {
			t.Errorf("%d goroutines after 1000 cycles, %d before", after, before)
		}
		if st := f.Status(); len(st.Members) != 2 || st.Members[1].ID != 1 {
			t.Errorf("%+v", st.Members)
		}
	})
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeFailover, Primary: "m0"})
		events := f.Watch(t.Context())
		next := func(kind bond.EventKind, member string, up bool) {
			t.Helper()
			if e := <-events; e.Kind != kind || e.Member != member || e.Up != up || e.Missed != 0 || !e.At.Equal(time.Now()) {
				t.Fatalf("%v of %q up %v, missed %d; want %v of %q, %v", e.Kind, e.Member, e.Up, e.Missed, kind, member, up)
			}
		}
		next(bond.EventBond, "", true)
		next(bond.EventMember, "m0", true)
		next(bond.EventMember, "m1", false)
		f.cables[0].SetUp(false)
		next(bond.EventLink, "m0", false)
		next(bond.EventActive, "m1", false)
		next(bond.EventMember, "m0", false)
		next(bond.EventMember, "m1", true)
		if err := f.Set(func(c *bond.Config) { c.UpDelay = time.Second }); err != nil {
			t.Fatal(err)
		}
		next(bond.EventSettings, "", false)
		if err := f.RemoveMember("m1"); err != nil {
			t.Fatal(err)
		}
		e := <-events // nothing is active
		if e.Kind == bond.EventBond {
			e = <-events
		}
		if e.Kind != bond.EventActive || e.Member != "" {
			t.Errorf("%+v, want EventActive of nobody", e)
		}
		if e = <-events; e.Kind != bond.EventRemoved || e.Member != "m1" || e.Detail != "by order" {
			t.Errorf("%+v, want EventRemoved", e)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		for e := range events {
			if e.Kind == 0 {
				t.Error("an event of no kind")
			}
		}
	})
}

// A reader who does not read holds up nobody, and finds the newest state.
func TestWatchLateReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeLoadBalance})
		ctx, cancel := context.WithCancel(t.Context())
		events := f.Watch(ctx)
		const flaps = 1000
		for i := range flaps {
			f.cables[0].SetUp(i%2 == 1)
			synctest.Wait()
		}
		f.cables[0].SetUp(false)
		synctest.Wait()
		got, missed := 0, 0
		last := make(map[bond.EventKind]bond.Event)
		for range 300 {
			select {
			case e := <-events:
				got++
				missed += e.Missed
				last[e.Kind] = e
				synctest.Wait()
			default:
			}
		}
		// Of each flap a link and a member event.
		if want := 2*(flaps+1) + 3; got+missed != want {
			t.Errorf("%d events and %d missed, want %d in all", got, missed, want)
		}
		if got != 257 || last[bond.EventLink].Up || last[bond.EventMember].Up {
			t.Errorf("%d events, the last %+v and %+v", got, last[bond.EventLink], last[bond.EventMember])
		}
		cancel()
		synctest.Wait()
		if _, ok := <-events; ok {
			t.Error("the channel is not closed when the context is done")
		}
	})
}
