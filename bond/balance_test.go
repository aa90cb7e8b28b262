package bond_test

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
)

// stream returns frame n of a flow, which has a source MAC address and a UDP port of its own.
func stream(flow, n int) []byte {
	f := append(udp(flow), make([]byte, 1400)...)
	binary.BigEndian.PutUint16(f[10:], uint16(flow))
	binary.BigEndian.PutUint32(f[42:], uint32(n))
	return f
}

// flowOf returns the flow of a frame that stream has made, and its number.
func flowOf(f []byte) (flow, n int) {
	return int(binary.BigEndian.Uint16(f[10:])), int(binary.BigEndian.Uint32(f[42:]))
}

// balanceBed is a pair of bonds. The first balances the load of its members each second, and
// sends numbered frames to the second.
type balanceBed struct {
	*pair
	got  *received
	sent map[int]int // frames of each flow
}

func newBalanceBed(t *testing.T, mode bond.Mode, members int) *balanceBed {
	t.Helper()
	far := mode
	if mode == bond.ModeSLB {
		far = bond.ModeLoadBalance
	}
	cfg := bond.Config{Mode: mode, Rate: bond.RateFast, Hash: hash.Layer34, Balance: time.Second, FlushTimeout: 200 * time.Millisecond}
	b := &balanceBed{pair: newPair(t, members, cfg, bond.Config{Mode: far, Rate: bond.RateFast}), sent: make(map[int]int)}
	b.got = receive(b.b)
	b.waitReady(t, 5*time.Second)
	time.Sleep(5 * time.Second)
	return b
}

func (b *balanceBed) send(t *testing.T, flow int) {
	t.Helper()
	if err := b.a.Send(stream(flow, b.sent[flow])); err != nil {
		t.Fatal(err)
	}
	b.sent[flow]++
}

// octets returns how much each member has sent.
func (b *balanceBed) octets() map[string]uint64 {
	octets := make(map[string]uint64)
	for _, m := range b.a.Status().Members {
		octets[m.Name] = m.Counters.TxOctets
	}
	return octets
}

// place returns the member of a flow.
func (b *balanceBed) place(t *testing.T, flow int) string {
	t.Helper()
	before := b.octets()
	b.send(t, flow)
	for name, n := range b.octets() {
		if n > before[name] {
			return name
		}
	}
	t.Fatalf("frame of flow %d sent on no member", flow)
	return ""
}

// flows returns n flows that the bond sends on a member now.
func (b *balanceBed) flows(t *testing.T, member string, n int) (flows []int) {
	t.Helper()
	for flow := 0; len(flows) < n; flow++ {
		if b.place(t, flow) == member {
			flows = append(flows, flow)
		}
	}
	return flows
}

// run sends frames for some time, by flow and second, evenly in time. It returns what each
// member sent.
func (b *balanceBed) run(t *testing.T, d time.Duration, rates map[int]int) map[string]uint64 {
	t.Helper()
	const step = 10 * time.Millisecond
	flows := slices.Sorted(maps.Keys(rates))
	before := b.octets()
	for i := range int(d / step) {
		for _, flow := range flows {
			r := rates[flow]
			for range r*(i+1)/100 - r*i/100 {
				b.send(t, flow)
			}
		}
		time.Sleep(step)
	}
	after := b.octets()
	for name := range after {
		after[name] -= before[name]
	}
	return after
}

// wantAll checks that each frame has arrived, in the order of its flow.
func (b *balanceBed) wantAll(t *testing.T) {
	t.Helper()
	time.Sleep(time.Second)
	next := make(map[int]int)
	for _, f := range b.got.all() {
		flow, n := flowOf(f)
		if n != next[flow] {
			t.Fatalf("flow %d: frame %d arrived, want frame %d", flow, n, next[flow])
		}
		next[flow]++
	}
	if !maps.Equal(next, b.sent) {
		t.Errorf("frames that arrived by flow: %v, want %v", next, b.sent)
	}
}

// peak returns the load of the busiest member divided by the mean.
func peak(loads map[string]uint64) float64 {
	total, most := uint64(0), uint64(0)
	for _, n := range loads {
		total += n
		most = max(most, n)
	}
	return float64(most) * float64(len(loads)) / float64(total)
}

// balanced counts the events that report moves because of load, until the channel is empty.
func balanced(events <-chan bond.Event) (n int) {
	synctest.Wait()
	for {
		select {
		case e := <-events:
			if e.Kind == bond.EventBalanced {
				n++
			}
		default:
			return n
		}
	}
}

// An uneven load ends with the busiest member at most 1.1 times above the mean. No frame is
// lost or overtakes another of its flow.
func TestBalanceEvensOutAnUnevenLoad(t *testing.T) {
	for _, mode := range []bond.Mode{bond.ModeLoadBalance, bond.ModeLACP, bond.ModeSLB} {
		t.Run(mode.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBalanceBed(t, mode, 3)
				defer b.close(t)
				rates := make(map[int]int)
				for i, flow := range b.flows(t, "a0", 12) {
					rates[flow] = 10 + 3*i
				}
				for _, flow := range b.flows(t, "a1", 12) {
					rates[flow] = 4
				}
				events := b.a.Watch(t.Context())
				if got := peak(b.run(t, time.Second, rates)); got < 2 {
					t.Fatalf("busiest member at first: %.2f of the mean, want at least 2", got)
				}
				b.run(t, 20*time.Second, rates)
				moved := b.a.Status().Balance
				loads := b.run(t, 10*time.Second, rates)
				if got := peak(loads); got > 1.1 {
					t.Errorf("loads at the end: %v, the busiest %.2f of the mean, want at most 1.10", loads, got)
				}
				if moved.Interval != time.Second || moved.Moved == 0 || moved.Moved > 24 || moved.Last.IsZero() {
					t.Errorf("Status().Balance = %+v, want each second, 1 to 24 buckets moved, and when", moved)
				}
				if now := b.a.Status().Balance; now != moved {
					t.Errorf("Status().Balance = %+v after 20 s, want no more moves than %+v", now, moved)
				}
				if n := balanced(events); n == 0 || n > int(moved.Moved) {
					t.Errorf("%d events of moves, want 1 to %d", n, moved.Moved)
				}
				// LACP's Markers find out at once that these cables are empty.
				if mode != bond.ModeLACP && b.a.Status().Counters.TxHeld == 0 {
					t.Error("TxHeld = 0, want frames of moving flows held")
				}
				b.wantAll(t)
			})
		})
	}
}

// A load that is even moves nothing, nor does an uneven one of less than 1 Mb/s.
func TestBalanceLeavesAloneWhatIsRight(t *testing.T) {
	for name, rate := range map[string]map[string]int{"even": {"a0": 5, "a1": 5}, "little": {"a0": 5}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBalanceBed(t, bond.ModeLoadBalance, 2)
				defer b.close(t)
				rates := make(map[int]int)
				for member, r := range rate {
					for _, flow := range b.flows(t, member, 12) {
						rates[flow] = r + flow%3
					}
				}
				events := b.a.Watch(t.Context())
				b.run(t, 30*time.Second, rates)
				if got := b.a.Status().Balance; got != (bond.BalanceStatus{Interval: time.Second}) {
					t.Errorf("Status().Balance = %+v, want nothing moved", got)
				}
				if n := balanced(events); n != 0 {
					t.Errorf("%d events of moves, want none", n)
				}
				b.wantAll(t)
			})
		})
	}
}

// A flow that is larger than a member's share stays on its member; the other flows leave that
// member, and then nothing moves any more.
func TestBalanceDoesNotMoveAnElephant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBalanceBed(t, bond.ModeLoadBalance, 3)
		defer b.close(t)
		rates := make(map[int]int)
		flows := b.flows(t, "a1", 9)
		for _, flow := range flows {
			rates[flow] = 10
		}
		elephant := flows[0]
		rates[elephant] = 400
		b.run(t, 20*time.Second, rates)
		moved := b.a.Status().Balance.Moved
		for i := range 30 {
			b.run(t, time.Second, rates)
			if got := b.place(t, elephant); got != "a1" {
				t.Fatalf("second %d: the elephant is on %s, want it to stay on a1", i, got)
			}
		}
		if got := b.a.Status().Balance.Moved; got != moved || moved != 8 {
			t.Errorf("buckets moved: %d, and %d later; want 8, and no more", moved, got)
		}
		loads := b.run(t, time.Second, rates)
		if loads["a0"] != loads["a2"] || loads["a1"] != 400*1460 {
			t.Errorf("loads: %v, want a1 with the elephant alone, and the same on a0 and a2", loads)
		}
		b.wantAll(t)
	})
}

// The weights are the members' shares of the load too.
func TestBalanceFollowsTheWeights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBalanceBed(t, bond.ModeLoadBalance, 2)
		defer b.close(t)
		set(t, b.a, func(c *bond.Config) { c.Weights = map[string]uint16{"a1": 3} })
		rates := make(map[int]int)
		for _, flow := range b.flows(t, "a0", 40) {
			rates[flow] = 5
		}
		b.run(t, 30*time.Second, rates)
		loads := b.run(t, 10*time.Second, rates)
		if share := float64(loads["a0"]) / float64(loads["a0"]+loads["a1"]); share < 0.22 || share > 0.28 {
			t.Errorf("loads: %v, a0 has %.2f of it, want 0.25", loads, share)
		}
		b.wantAll(t)
	})
}

func TestBalanceValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			balance time.Duration
			plane   plane.Plane
			allowed string
		}{
			{-time.Second, nil, "0, or 1s to 1h"},
			{999 * time.Millisecond, nil, "0, or 1s to 1h"},
			{time.Hour + 1, nil, "0, or 1s to 1h"},
			{time.Minute, new(plane.None), "0: the data plane does not count the load of buckets"},
		} {
			_, err := bond.New(bond.Config{Balance: c.balance, Plane: c.plane}, linktest.NewCable("a", "b").A)
			var refused *bond.ConfigError
			if !errors.As(err, &refused) || *refused != (bond.ConfigError{Field: "Balance", Value: c.balance.String(), Allowed: c.allowed}) {
				t.Errorf("New() with Balance %v = %v, want a ConfigError that allows %s", c.balance, err, c.allowed)
			}
		}
		f := newFar(t, 1, bond.Config{Mode: bond.ModeLoadBalance})
		for _, ok := range []time.Duration{time.Second, time.Hour, 0} {
			if err := f.Set(func(c *bond.Config) { c.Balance = ok }); err != nil {
				t.Errorf("Set() of Balance %v = %v, want nil", ok, err)
			}
			synctest.Wait() // the measurement begins after Set
			if got := f.Status().Balance.Interval; got != ok {
				t.Errorf("Status().Balance.Interval = %v, want %v", got, ok)
			}
		}
		if err := f.Set(func(c *bond.Config) { c.Balance = time.Millisecond }); err == nil {
			t.Error("Set() of Balance 1ms = nil, want a ConfigError")
		}
		set(t, f.Bond, func(c *bond.Config) { c.Mode, c.Balance = bond.ModeFailover, time.Second })
		synctest.Wait()
		if got := f.Status().Balance.Interval; got != 0 {
			t.Errorf("Status().Balance.Interval = %v in ModeFailover, want 0", got)
		}
	})
}

// counter is a plane without data. The test sets what it has counted.
type counter struct {
	recorder
	mu     sync.Mutex
	octets []uint64
	reads  int
}

func newCounter() *counter {
	return &counter{recorder: recorder{Plane: new(plane.None)}, octets: make([]uint64, 1024)}
}

func (c *counter) BucketOctets() []uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	return slices.Clone(c.octets)
}

// At the start, one of two members has the even buckets, and the other the odd ones.
const (
	eachBucket  = 1
	evenBuckets = 2
)

// add adds octets to each bucket or to the even ones.
func (c *counter) add(to, octets int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for b := 0; b < len(c.octets); b += to {
		c.octets[b] += uint64(octets)
	}
}

// clear sets the counters of the even buckets to 0.
func (c *counter) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for b := 0; b < len(c.octets); b += evenBuckets {
		c.octets[b] = 0
	}
}

// shorten leaves only the counters of the first half of the buckets.
func (c *counter) shorten() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.octets = c.octets[:512]
}

func (c *counter) readCount() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reads
}

// newCounted returns a bond of two members whose plane the test counts for.
func newCounted(t *testing.T) (*far, *counter) {
	t.Helper()
	c := newCounter()
	return newFar(t, 2, bond.Config{Mode: bond.ModeLoadBalance, Hash: hash.Layer34, Balance: 10 * time.Second, Plane: c}), c
}

// The bond reads the counters once an interval, and only while it balances.
func TestBalanceReadsOnceAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := newCounted(t)
		time.Sleep(time.Second)
		start := c.readCount()
		time.Sleep(100 * time.Second)
		if got := c.readCount() - start; got != 10 {
			t.Errorf("counters read %d times in 100 s, want 10", got)
		}
		if p := c.last(); !p.CountBuckets || len(p.Buckets) != 1024 {
			t.Errorf("plan: CountBuckets %v, %d buckets, want true and 1024", p.CountBuckets, len(p.Buckets))
		}
		set(t, f.Bond, func(c *bond.Config) { c.Balance = 0 })
		start = c.readCount()
		time.Sleep(100 * time.Second)
		if got := c.readCount() - start; got != 0 {
			t.Errorf("counters read %d times without Balance, want never", got)
		}
		if p := c.last(); p.CountBuckets || p.Buckets != nil {
			t.Errorf("plan without Balance: CountBuckets %v, %d buckets, want neither", p.CountBuckets, len(p.Buckets))
		}
	})
}

// The moves are in the plan after the interval, and again when a member was lost and is back.
func TestBalanceIsInThePlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := newCounted(t)
		before := c.last().Buckets
		c.add(evenBuckets, 1e6)
		time.Sleep(11 * time.Second)
		after := c.last().Buckets
		moved := 0
		for i := range after {
			if after[i] != before[i] {
				moved++
			}
		}
		if got := f.Status().Balance.Moved; moved == 0 || got != uint64(moved) {
			t.Errorf("%d buckets moved in the plan, %d in the status, want the same, more than 0", moved, got)
		}
		f.cables[1].SetUp(false)
		time.Sleep(30 * time.Second)
		if slices.Contains(c.last().Buckets, 1) {
			t.Error("m1 has buckets while its link is down, want none")
		}
		f.cables[1].SetUp(true)
		time.Sleep(time.Second)
		if got := c.last().Buckets; !slices.Equal(got, after) {
			t.Error("buckets after m1 has come back differ from those before, want the same")
		}
	})
}

// The load of the last intervals counts, not all that was ever sent.
func TestBalanceForgetsOldLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := newCounted(t)
		c.add(eachBucket, 1e9)
		for range 20 {
			time.Sleep(10 * time.Second)
			c.add(evenBuckets, 1e5)
		}
		if got := f.Status().Balance.Moved; got == 0 {
			t.Error("no bucket moved, want some after 200 s of uneven load")
		}
	})
}

// What was counted under another hash, or before the plane began to count again, moves
// nothing.
func TestBalanceStartsAgain(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *far, *counter){
		"another hash":     func(t *testing.T, f *far, _ *counter) { set(t, f.Bond, func(c *bond.Config) { c.Hash = hash.Layer2 }) },
		"counters at zero": func(_ *testing.T, _ *far, c *counter) { c.clear() },
		"a refused plan":   refusePlan,
		"off and on":       turnOffAndOn,
		"too few counters": func(_ *testing.T, _ *far, c *counter) { c.shorten() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, c := newCounted(t)
				c.add(eachBucket, 1e6)
				time.Sleep(11 * time.Second)
				c.add(evenBuckets, 1e6)
				change(t, f, c)
				time.Sleep(11 * time.Second)
				if got := f.Status().Balance.Moved; got != 0 {
					t.Errorf("%d buckets moved, want none", got)
				}
				c.add(evenBuckets, 1e6)
				time.Sleep(11 * time.Second)
				if got, want := f.Status().Balance.Moved > 0, name != "too few counters"; got != want {
					t.Errorf("buckets moved by the load after that: %v, want %v", got, want)
				}
			})
		})
	}
}

// refusePlan makes the plane refuse a change for a while.
func refusePlan(t *testing.T, f *far, c *counter) {
	t.Helper()
	c.setRefuse(errors.New("no room in the table"))
	set(t, f.Bond, func(c *bond.Config) { c.Weights = map[string]uint16{"m0": 2} })
	time.Sleep(time.Second)
	if got := f.Status(); got.Up || got.Balance.Interval != 0 {
		t.Errorf("up %v, balanced each %v while the plan is refused, want neither", got.Up, got.Balance.Interval)
	}
	set(t, f.Bond, func(c *bond.Config) { c.Weights, c.Balance = nil, 0 })
	time.Sleep(20 * time.Second)
	set(t, f.Bond, func(c *bond.Config) { c.Balance = 10 * time.Second })
	c.setRefuse(nil)
	time.Sleep(20 * time.Second)
}

// turnOffAndOn makes the bond stop and start to balance.
func turnOffAndOn(t *testing.T, f *far, _ *counter) {
	t.Helper()
	set(t, f.Bond, func(c *bond.Config) { c.Balance = 0 })
	set(t, f.Bond, func(c *bond.Config) { c.Balance = 10 * time.Second })
}
