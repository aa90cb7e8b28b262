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
	"github.com/lagkit/lagkit/internal/netlab"
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
			t.Fatalf("%v carry data after one was added, want all three", got)
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
			t.Errorf("%v carry data, system %v, MAC %v; want a1 and a2, and both unchanged", got, st.System, p.a.HardwareAddr())
		}
		if got := st.Members[0].Reason.Since; !got.Equal(since) {
			t.Errorf("a1 is distributing since %v, want %v", got, since)
		}
		if got := carrying(p.b); !slices.Equal(got, []string{"b1", "b2"}) {
			t.Errorf("the partner uses %v, want b1 and b2", got)
		}
		// It comes back to its old place.
		c = linktest.NewCable("a0", "b0 again")
		if err := errors.Join(p.a.AddMember(c.A), p.b.RemoveMember("b0"), p.b.AddMember(c.B)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if got := p.a.Status().Members; got[0].Name != "a0" || got[0].ID != 0 || !got[0].Carries {
			t.Errorf("first member %+v, want a0 with ID 0, carrying data", got[0])
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
			t.Errorf("status %+v, want down, without members, and 10 frames sent by former ones", st)
		}
		if err := f.AddMember(linktest.NewCable("m5", "far5").A); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := carrying(f.Bond); !slices.Equal(got, []string{"m5"}) {
			t.Errorf("%v carry data, want m5", got)
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
		if err := f.Close(); err != nil {
			t.Error(err)
		}
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
			t.Errorf("drained member %+v, want it drained, without data", a0)
		}
		if a0.Counters.RxNotCollecting != 0 {
			t.Errorf("the drained member discarded %d frames, want 0", a0.Counters.RxNotCollecting)
		}
		b := p.b.Status()
		if b.Members[0].Carries || !b.Members[1].Carries || b.Members[0].Counters.Marker.MarkerResponsePDUsTx != 1 {
			t.Errorf("partner's member %+v, want it out of use after one Marker Response", b.Members[0])
		}
		arrived := b.Members[1].Counters.RxFrames
		for i := range 64 {
			if err := p.a.Send(udp(i)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if got := p.b.Status().Members[1].Counters.RxFrames - arrived; got != 64 {
			t.Errorf("%d frames arrived on the other member, want 64", got)
		}
		if err := p.a.Drain("a0", false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got := carrying(p.a); len(got) != 2 {
			t.Errorf("%v carry data after the end of the drain, want both", got)
		}
	})
}

// memberOf returns the status of a member; nil if the bond has no such member.
func memberOf(b *bond.Bond, name string) *bond.MemberStatus {
	for _, m := range b.Status().Members {
		if m.Name == name {
			return &m
		}
	}
	return nil
}

// When a member leaves gracefully, at either end, a Marker asks whether the frames sent on it
// have arrived. The flows that move wait no longer than for its answer. If the partner does
// not receive our LACPDUs, nothing is waited for.
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
					t.Errorf("%d frames arrived on the other member before any time has passed, want 64", got)
				}
				// The end that removes the member no longer counts.
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
			t.Fatal("not up with three members, want up")
		}
		f.cables[0].SetUp(false)
		synctest.Wait()
		if !f.Status().Up {
			t.Error("not up with two members, want up")
		}
		f.cables[1].SetUp(false)
		synctest.Wait()
		st := f.Status()
		if st.Up || st.Members[2].Carries || st.Members[2].Hold != bond.HoldMinLinks || !errors.Is(f.Send(numbered(0)), bond.ErrNoMember) {
			t.Errorf("with one member: %+v, want down, hold MinLinks", st)
		}
		f.cables[0].SetUp(true)
		synctest.Wait()
		if !f.Status().Up {
			t.Error("not up with two members again, want up")
		}
	})
}

func TestSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 3, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34})
		long := append(udp(1), make([]byte, 8000)...)
		if err := f.Send(long); !errors.Is(err, bond.ErrTooLong) {
			t.Errorf("Send() of a long frame = %v, want ErrTooLong", err)
		}
		if err := f.Set(func(c *bond.Config) { c.MTU = 9000; c.Hash = hash.Layer2; c.MinLinks = 2 }); err != nil {
			t.Fatal(err)
		}
		if err := f.Send(long); err != nil {
			t.Errorf("Send() of a long frame with MTU 9000 = %v, want nil", err)
		}
		for i, c := range f.cables {
			if mtu, _ := c.A.MTU(); mtu != 9000 {
				t.Errorf("m%d has MTU %d, want 9000", i, mtu)
			}
		}
		f.send(t, 0, 30) // all frames between the same two stations
		used := 0
		for i := range 3 {
			if len(f.arrived(i)) > 0 {
				used++
			}
		}
		if st := f.Status(); used != 1 || st.Hash != hash.Layer2 || st.MTU != 9000 || f.MTU() != 9000 {
			t.Errorf("%d members used, hash %v, MTU %d; want 1, layer2, 9000", used, st.Hash, st.MTU)
		}
		// A Set that is refused changes nothing.
		for field, change := range map[string]func(*bond.Config){
			"MTU":     func(c *bond.Config) { c.Mode = bond.ModeNone; c.MTU = 1 },
			"Name":    func(c *bond.Config) { c.Mode = bond.ModeNone; c.Name = "other" },
			"Primary": func(c *bond.Config) { c.Mode = bond.ModeNone; c.Primary = "nobody" },
		} {
			var ce *bond.ConfigError
			if err := f.Set(change); !errors.As(err, &ce) || ce.Field != field {
				t.Errorf("%s: Set() = %v, want a ConfigError of that field", field, err)
			}
		}
		if st := f.Status(); st.Mode != bond.ModeLoadBalance || !st.Up {
			t.Errorf("mode %v, up %v after refusals, want LOADBALANCE, up", st.Mode, st.Up)
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

// A change of the rate requests another rate from the partner and changes nothing else.
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
			t.Errorf("distributing since %v, want since %v", after.Reason.Since, before.Reason.Since)
		}
	})
}

func TestThousandCyclesLeaveNothing(t *testing.T) {
	netlab.Slow(t)
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeLoadBalance})
		before := runtime.NumGoroutine()
		for i := range 1000 {
			c := linktest.NewCable("x"+strconv.Itoa(i), "y")
			if err := f.AddMember(c.A); err != nil {
				t.Fatal(err)
			}
			if i%3 == 0 {
				// As if its interface vanished.
				c.A.Close()
			}
			synctest.Wait()
			_ = f.RemoveMember("x" + strconv.Itoa(i))
		}
		synctest.Wait()
		// Goroutines of other tests count too. A leak would leave at least one for every third
		// cycle.
		if after := runtime.NumGoroutine(); after > before+100 {
			t.Errorf("%d goroutines after 1000 cycles, want at most 100 more than %d", after, before)
		}
		if st := f.Status(); len(st.Members) != 2 || st.Members[1].ID != 1 {
			t.Errorf("members %+v, want two, the second with ID 1", st.Members)
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
		e := <-events // no member is active
		if e.Kind == bond.EventBond {
			e = <-events
		}
		if e.Kind != bond.EventActive || e.Member != "" {
			t.Errorf("event %+v, want EventActive without a member", e)
		}
		if e = <-events; e.Kind != bond.EventRemoved || e.Member != "m1" || e.Detail != "by order" {
			t.Errorf("event %+v, want EventRemoved", e)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		for e := range events {
			if e.Kind == 0 {
				t.Error("an event without a kind, want one")
			}
		}
	})
}

// A reader that does not read blocks nothing, and finds the newest state later.
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
		// Each flap causes a link and a member event.
		if want := 2*(flaps+1) + 3; got+missed != want {
			t.Errorf("%d events and %d missed, want %d in all", got, missed, want)
		}
		if got != 257 || last[bond.EventLink].Up || last[bond.EventMember].Up {
			t.Errorf("%d events, the last %+v and %+v; want 257, the last not up", got, last[bond.EventLink], last[bond.EventMember])
		}
		cancel()
		synctest.Wait()
		if _, ok := <-events; ok {
			t.Error("the channel gave an event after the context was done, want it closed")
		}
	})
}
