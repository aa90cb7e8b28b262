package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
)

// soakTime is how long the soak test runs. The variable SOAK changes it.
const soakTime = 15 * time.Second

// soakRate is how many frames a second each end sends. The variable SOAK_RATE changes it. The
// value is two thirds of what one sender at each end, the receivers and the kernel's cables
// between them can handle on two cores without drops.
const soakRate = 40_000

const (
	soakMembers = 4
	soakFlows   = 64
)

// soak is two bonds over four cables, with frames both ways, and the changes made to the bonds
// and the cables meanwhile.
type soak struct {
	a, b   *soakEnd
	r      *rand.Rand
	silent [soakMembers]bool
	down   [soakMembers]bool
	lastAt [soakMembers]time.Time // when the member or its cable was last changed
	cut    bool                   // a frame may have been lost with a cable
}

func soakName(i int) string { return fmt.Sprintf("s%d", i) }

// action makes one change to a bond or a cable and describes it.
func (s *soak) action(t *testing.T) string {
	i := s.r.IntN(soakMembers)
	end := []*soakEnd{s.a, s.b}[s.r.IntN(2)]
	far := s.b.name(i)
	down := 0
	for k := range soakMembers {
		if s.down[k] || s.silent[k] {
			down++
		}
	}
	touch := func(i int) { s.lastAt[i] = time.Now() }
	switch n := s.r.IntN(8); {
	case n == 0 && !s.down[i] && down < 2:
		touch(i)
		s.b.ns.Down(t, far)
		s.down[i], s.cut = true, true
		return far + " down"
	case n <= 1 && s.down[i]:
		touch(i)
		s.b.ns.Up(t, far)
		s.down[i] = false
		return far + " up"
	case n == 2 && !s.silent[i] && !s.down[i] && down < 2:
		touch(i)
		// LACPDUs are lost; data that bypasses the queueing discipline is not.
		s.b.ns.Run(t, "tc", "filter", "add", "dev", far, "egress", "prio", "77", "bpf", "da", "bytecode", "1,6 0 0 2")
		s.silent[i], s.cut = true, true
		return far + " silent"
	case n <= 3 && s.silent[i]:
		touch(i)
		s.b.ns.Run(t, "tc", "filter", "del", "dev", far, "egress", "prio", "77")
		s.silent[i] = false
		return far + " heard"
	case n == 4 && down == 0:
		touch(i)
		if err := end.rejoin(i); err != nil {
			t.Errorf("%s removed and added: %v", end.name(i), err)
		}
		s.cut = true
		return end.name(i) + " removed and added"
	case n == 5:
		touch(0)
		on := s.r.IntN(2) == 0
		if err := end.Drain(end.name(0), on); err != nil {
			t.Errorf("drain: %v", err)
		}
		return fmt.Sprintf("%s drain %v", end.name(0), on)
	case n == 6:
		mtu := 1500 + s.r.IntN(7000)
		if err := end.Set(func(c *bond.Config) { c.MTU = mtu }); err != nil {
			t.Errorf("MTU: %v", err)
		}
		return fmt.Sprintf("%s mtu %d", end.prefix, mtu)
	}
	policy := []hash.Policy{hash.Layer34, hash.Layer23}[s.r.IntN(2)]
	rate := bond.Rate(s.r.IntN(2))
	if err := end.Set(func(c *bond.Config) { c.Hash, c.Rate = policy, rate }); err != nil {
		t.Errorf("hash and rate: %v", err)
	}
	return fmt.Sprintf("%s hash %v, rate %v", end.prefix, policy, rate)
}

// aftermath is how long after a change to a member it may still be lost.
const aftermath = 6 * time.Second

// judge checks the frames of one turn, and that no member was lost without a cause.
func (s *soak) judge(t *testing.T, what string, from time.Time) {
	t.Helper()
	since := from.Sub(s.a.start)
	for _, way := range []struct{ from, to *soakEnd }{{s.a, s.b}, {s.b, s.a}} {
		late, wrong := way.to.judge(way.from)
		losses := way.from.lossesSince(since)
		if late > 0 || len(losses) > 0 {
			t.Logf("%v: %s: %d frames from %s came late; %v", since.Round(time.Millisecond), what, late, way.from.prefix, losses)
		}
		for _, l := range losses {
			if i := l.member; !s.down[i] && !s.silent[i] && from.Sub(s.lastAt[i]) > aftermath {
				t.Errorf("%s: %s has lost %v, want it kept: no action touched it", what, way.from.prefix, l)
			}
		}
		if len(wrong) > 0 {
			t.Errorf("%s: %d frames from %s were reordered although their member was not lost, such as %s", what, len(wrong), way.from.prefix, wrong[0])
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// soakSettings returns the duration, the rate and the seed of the actions.
func soakSettings(t *testing.T) (length time.Duration, rate int, seed uint64) {
	t.Helper()
	length, rate, seed = soakTime, soakRate, uint64(time.Now().UnixNano())
	var errs [3]error
	if v := os.Getenv("SOAK"); v != "" {
		length, errs[0] = time.ParseDuration(v)
	}
	if v := os.Getenv("SOAK_RATE"); v != "" {
		rate, errs[1] = strconv.Atoi(v)
	}
	if v := os.Getenv("SOAK_SEED"); v != "" {
		seed, errs[2] = strconv.ParseUint(v, 10, 64)
	}
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return length, rate, seed
}

// newSoak makes the cables and opens both bonds.
func newSoak(t *testing.T, seed uint64) *soak {
	t.Helper()
	start, dir := time.Now(), t.TempDir()
	s := &soak{r: rand.New(rand.NewPCG(seed, 1))}
	s.a = &soakEnd{ns: netlab.New(t), prefix: "a", dir: dir, start: start}
	s.b = &soakEnd{ns: netlab.New(t), prefix: "b", dir: dir, start: start}
	// An interface that is not a member for a moment must send nothing of its own.
	for _, e := range []*soakEnd{s.a, s.b} {
		setSysctl(t, e.ns, "ipv6/conf/all/disable_ipv6", "1")
		setSysctl(t, e.ns, "ipv6/conf/default/disable_ipv6", "1")
	}
	for i := range soakMembers {
		netlab.Pair(t, s.a.ns, s.a.name(i), s.b.ns, s.b.name(i))
		s.a.ns.Up(t, s.a.name(i))
		s.b.ns.Up(t, s.b.name(i))
	}
	s.a.open(t)
	s.b.open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := errors.Join(s.a.WaitReady(ctx), s.b.WaitReady(ctx)); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSoak changes the settings, the members and the cables of two bonds under full load. No
// frame may arrive after a later one of its flow unless its member was lost. No frame may be
// lost without being counted, and nothing may leak.
func TestSoak(t *testing.T) {
	needLong(t)
	netlab.Slow(t)
	length, rate, seed := soakSettings(t)
	t.Logf("seed %d", seed)
	s := newSoak(t, seed)
	stop := make(chan struct{})
	var senders, others sync.WaitGroup
	for _, e := range []*soakEnd{s.a, s.b} {
		senders.Go(func() { e.send(rate, stop) })
		others.Go(e.receive)
		others.Go(func() { e.watch(t.Context()) })
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	<-tick.C
	held, memory := netlab.Held(t), heap()
	begin := time.Now()
	s.judge(t, "at first", begin)
	for end := begin.Add(length); time.Now().Before(end); {
		from := time.Now()
		what := s.action(t)
		<-tick.C
		s.judge(t, what, from)
	}
	close(stop)
	senders.Wait()
	// Held frames go out, and frames under way arrive.
	await(t, "nothing is under way", time.Now(), 10*time.Second, func() bool {
		before := s.a.received.Load() + s.b.received.Load()
		<-tick.C
		return before == s.a.received.Load()+s.b.received.Load()
	}, func() string { return "" })
	s.judge(t, "at last", time.Now())
	netlab.AwaitNoMore(t, held)
	if m := heap(); m > memory+16<<20 {
		t.Errorf("%d octets of heap at last, want at most 16 MiB more than the %d at first", m, memory)
	}
	s.a.addUp(t, s.b, s.cut)
	s.b.addUp(t, s.a, s.cut)
	if err := errors.Join(s.a.Close(), s.b.Close()); err != nil {
		t.Error(err)
	}
	others.Wait()
}
