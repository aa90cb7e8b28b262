package bond_test

import (
	"encoding/binary"
	"errors"
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

// far is a bond whose cables end in the test, which sees the frames that each member sends.
type far struct {
	*bond.Bond
	cables []*linktest.Cable
}

// newFar makes a bond with the members m0, m1 and so on, and waits until it has settled.
func newFar(t *testing.T, n int, cfg bond.Config) *far {
	t.Helper()
	f := new(far)
	var links []bond.Port
	for i := range n {
		c := linktest.NewCable("m"+strconv.Itoa(i), "far"+strconv.Itoa(i))
		f.cables = append(f.cables, c)
		links = append(links, c.A)
	}
	var err error
	if f.Bond, err = bond.New(cfg, links...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	return f
}

// numbered returns a frame with a number, of a flow of its own.
func numbered(i int) []byte {
	f := udp(i)
	binary.BigEndian.PutUint32(f[42:], uint32(i))
	return f
}

func numberOf(frame []byte) int { return int(binary.BigEndian.Uint32(frame[42:])) }

// send sends the frames numbered from to to-1.
func (f *far) send(t *testing.T, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := f.Send(numbered(i)); err != nil {
			t.Fatalf("Send() of frame %d = %v, want nil", i, err)
		}
	}
}

// arrived returns the numbers of the frames that have come out of cable i.
func (f *far) arrived(i int) (numbers []int) {
	bufs, frames := make([][]byte, 64), make([]bond.Frame, 64)
	for k := range bufs {
		bufs[k] = make([]byte, 2000)
	}
	for f.cables[i].B.Pending() > 0 {
		n, err := f.cables[i].B.Read(bufs, frames)
		if err != nil {
			return numbers
		}
		for _, fr := range frames[:n] {
			numbers = append(numbers, numberOf(fr.Data))
		}
	}
	return numbers
}

func upTo(n, step, from int) (s []int) {
	for i := from; i < n; i += step {
		s = append(s, i)
	}
	return s
}

func (f *far) reason(i int) lacp.ReasonCode {
	synctest.Wait()
	return f.Status().Members[i].Reason.Code
}

func TestRandomUsesAllMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 3, bond.Config{Mode: bond.ModeRandom})
		f.cables[1].SetUp(false)
		synctest.Wait()
		f.send(t, 0, 200) // of one flow
		first, second := len(f.arrived(0)), len(f.arrived(2))
		if first+second != 200 || first < 50 || second < 50 {
			t.Errorf("%d and %d frames on the members that are up, want 200 in all, and at least 50 on each", first, second)
		}
		for _, c := range f.cables {
			c.SetUp(false)
		}
		synctest.Wait()
		if err := f.Send(numbered(0)); !errors.Is(err, bond.ErrNoMember) {
			t.Errorf("Send() without a member = %v, want ErrNoMember", err)
		}
	})
}

func TestFailoverUsesOneMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 3, bond.Config{Mode: bond.ModeFailover, Hash: hash.Layer34, Primary: "m0"})
		if st := f.Status(); st.Active != "m0" || !st.Up {
			t.Fatalf("active is %q, up %v, want m0, up", st.Active, st.Up)
		}
		f.send(t, 0, 20)
		if got := f.arrived(0); !slices.Equal(got, upTo(20, 1, 0)) {
			t.Errorf("on m0 arrived %v, want 0 to 19", got)
		}
		// A frame that arrives on a standby member is a copy of one that the active member
		// gets.
		for i, c := range f.cables {
			if _, err := c.B.Write([]bond.Frame{{Data: numbered(100 + i)}}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		buf := make([]byte, 2000)
		if n, err := f.Receive(buf); err != nil || numberOf(buf[:n]) != 100 {
			t.Errorf("received %d, %v; want frame 100", numberOf(buf[:n]), err)
		}
		members := f.Status().Members
		if a, b := members[1].Counters.RxNotCollecting, members[2].Counters.RxNotCollecting; a != 1 || b != 1 {
			t.Errorf("%d and %d frames discarded on the others, want 1 each", a, b)
		}
		for i := range 3 {
			want := lacp.ReasonStandby
			if i == 0 {
				want = lacp.ReasonDistributing
			}
			if got := f.reason(i); got != want {
				t.Errorf("m%d: reason %v, want %v", i, got, want)
			}
		}
		f.cables[2].SetUp(false)
		f.cables[0].SetUp(false)
		synctest.Wait()
		f.send(t, 20, 40)
		if got := f.arrived(1); !slices.Equal(got, upTo(40, 1, 20)) {
			t.Errorf("on m1 arrived %v, want 20 to 39", got)
		}
		f.cables[1].SetUp(false)
		f.cables[2].SetUp(false)
		synctest.Wait()
		if err := f.Send(numbered(0)); !errors.Is(err, bond.ErrNoMember) {
			t.Errorf("without any link: %v, want ErrNoMember", err)
		}
		if f.Status().Up {
			t.Error("up without any link, want down")
		}
	})
}

// The steps pull and plug the cables of m0, m1 and m2, and name the active member after each.
func TestFailoverPreference(t *testing.T) {
	type step struct {
		member int
		up     bool
		active string
	}
	slow := func(f *far) { f.cables[0].SetSpeed(1000) }
	for _, tt := range []struct {
		name  string
		cfg   bond.Config
		setup func(f *far)
		first string
		steps []step
	}{
		{"sticky among equals", bond.Config{}, nil, "m0",
			[]step{{0, false, "m1"}, {0, true, "m1"}, {1, false, "m0"}, {1, true, "m0"}}},
		{"primary always", bond.Config{Primary: "m1"}, nil, "m1",
			[]step{{1, false, "m0"}, {1, true, "m1"}, {0, false, "m1"}}},
		{"primary on failure", bond.Config{Primary: "m1", Reselect: bond.ReselectFailure}, nil, "m0",
			[]step{{1, false, "m0"}, {1, true, "m0"}, {0, false, "m1"}, {0, true, "m1"}}},
		{"primary that is not better", bond.Config{Primary: "m1", Reselect: bond.ReselectBetter}, nil, "m0",
			[]step{{0, false, "m1"}, {1, false, "m2"}, {1, true, "m2"}}},
		{"primary that is better", bond.Config{Primary: "m1", Reselect: bond.ReselectBetter}, slow, "m1",
			[]step{{1, false, "m0"}, {1, true, "m1"}}},
		{"priorities", bond.Config{Priorities: map[string]int{"m1": -5, "m2": 10}}, nil, "m2",
			[]step{{2, false, "m0"}, {0, false, "m1"}, {0, true, "m0"}, {2, true, "m2"}}},
		{"primary before priorities", bond.Config{Primary: "m0", Priorities: map[string]int{"m2": 10}}, nil, "m0",
			[]step{{0, false, "m2"}, {0, true, "m0"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.cfg.Mode = bond.ModeFailover
				f := newFar(t, 3, tt.cfg)
				// The links come up in any order, so the test starts from a state that does
				// not depend on it.
				if tt.cfg.Reselect != bond.ReselectAlways || tt.name == "sticky among equals" {
					f.cables[1].SetUp(false)
					f.cables[2].SetUp(false)
					synctest.Wait()
					f.cables[1].SetUp(true)
					f.cables[2].SetUp(true)
					synctest.Wait()
				}
				if tt.setup != nil {
					tt.setup(f)
					synctest.Wait()
				}
				if got := f.Status().Active; got != tt.first {
					t.Fatalf("active is %q at first, want %q", got, tt.first)
				}
				for i, s := range tt.steps {
					f.cables[s.member].SetUp(s.up)
					synctest.Wait()
					if got := f.Status().Active; got != s.active {
						t.Fatalf("step %d: active is %q, want %q", i, got, s.active)
					}
				}
			})
		})
	}
}

func TestLoadBalanceSpreadsWithoutAPartner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 4, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34})
		f.send(t, 0, 256)
		var all []int
		for i := range 4 {
			got := f.arrived(i)
			if len(got) == 0 || !slices.IsSorted(got) {
				t.Errorf("m%d carried %v, want some frames, in order", i, got)
			}
			all = append(all, got...)
		}
		if slices.Sort(all); !slices.Equal(all, upTo(256, 1, 0)) {
			t.Errorf("%d frames arrived, want 256, each once", len(all))
		}
		f.cables[2].SetUp(false)
		synctest.Wait()
		f.send(t, 0, 256)
		time.Sleep(20 * time.Millisecond) // flows that move between the other members wait
		synctest.Wait()
		if got := len(f.arrived(0)) + len(f.arrived(1)) + len(f.arrived(3)); got != 256 {
			t.Errorf("%d frames arrived without m2, want 256", got)
		}
		// Every port receives.
		buf := make([]byte, 2000)
		for _, i := range []int{0, 1, 3} {
			if _, err := f.cables[i].B.Write([]bond.Frame{{Data: numbered(i)}}); err != nil {
				t.Fatal(err)
			}
			if n, err := f.Receive(buf); err != nil || numberOf(buf[:n]) != i {
				t.Errorf("on m%d: received frame %d, %v, want the one that was sent", i, numberOf(buf[:n]), err)
			}
		}
	})
}

func TestRoundRobinTakesStrictTurns(t *testing.T) {
	for _, packets := range []int{1, 3} {
		t.Run(strconv.Itoa(packets), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFar(t, 3, bond.Config{Mode: bond.ModeRoundRobin, PacketsPerMember: packets})
				const n = 180
				f.send(t, 0, n)
				for i := range 3 {
					var want []int
					for k := range n {
						if k/packets%3 == i {
							want = append(want, k)
						}
					}
					if got := f.arrived(i); !slices.Equal(got, want) {
						t.Errorf("m%d carried %v, want %v", i, got, want)
					}
				}
				f.cables[1].SetUp(false)
				synctest.Wait()
				f.send(t, 0, n)
				if a, c := len(f.arrived(0)), len(f.arrived(2)); a != n/2 || c != n/2 {
					t.Errorf("m0 carried %d and m2 %d, want %d each", a, c, n/2)
				}
			})
		})
	}
}

func TestBroadcastSendsCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 3, bond.Config{Mode: bond.ModeBroadcast})
		f.cables[1].SetUp(false)
		synctest.Wait()
		f.send(t, 0, 50)
		for i, want := range [][]int{upTo(50, 1, 0), nil, upTo(50, 1, 0)} {
			if got := f.arrived(i); !slices.Equal(got, want) {
				t.Errorf("m%d carried %v, want %v", i, got, want)
			}
		}
		buf := make([]byte, 2000)
		for _, i := range []int{0, 2} {
			if _, err := f.cables[i].B.Write([]bond.Frame{{Data: numbered(7)}}); err != nil {
				t.Fatal(err)
			}
			if n, err := f.Receive(buf); err != nil || numberOf(buf[:n]) != 7 {
				t.Errorf("on m%d: received frame %d, %v, want 7", i, numberOf(buf[:n]), err)
			}
		}
	})
}

func TestNoneCarriesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 2, bond.Config{Mode: bond.ModeNone})
		if err := f.Send(numbered(0)); !errors.Is(err, bond.ErrNoMember) {
			t.Errorf("Send: %v, want ErrNoMember", err)
		}
		if _, err := f.cables[0].B.Write([]bond.Frame{{Data: numbered(0)}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		st := f.Status()
		if st.Up || st.Members[0].Counters.RxNotCollecting != 1 || st.Counters.TxNoMember != 1 {
			t.Errorf("up %v, %d discarded, %d without a member; want false, 1, 1", st.Up, st.Members[0].Counters.RxNotCollecting, st.Counters.TxNoMember)
		}
	})
}

func TestModeConfigErrors(t *testing.T) {
	link := func(name string) bond.Link { return linktest.NewCable(name, "peer of "+name).A }
	for field, cfg := range map[string]bond.Config{
		"Primary":          {Primary: "y"},
		"Priorities":       {Priorities: map[string]int{"x": 1, "y": 1}},
		"Reselect":         {Reselect: 3},
		"PacketsPerMember": {PacketsPerMember: 65536},
	} {
		_, err := bond.New(cfg, link("x"))
		var ce *bond.ConfigError
		if !errors.As(err, &ce) || ce.Field != field {
			t.Errorf("%s: New() = %v, want a ConfigError of that field", field, err)
		}
	}
}
