package lab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
)

// soakTime is how long the soak test runs unless the variable SOAK says otherwise.
const soakTime = 15 * time.Second

const (
	soakMembers = 4
	soakFlows   = 256
	soakFrame   = 200   // octets
	soakRate    = 20000 // frames a second, which fit into what is held
)

// soak is two bonds over four cables, frames from one to the other, and what
// is done to them meanwhile.
type soak struct {
	near, far *netlab.NS
	a, b      *bond.Bond
	dir       string
	r         *rand.Rand
	silent    [soakMembers]bool
	down      [soakMembers]bool
	out       bool // a member is not in its bond

	offered  uint64
	received atomic.Uint64
	mu       sync.Mutex
	last     [soakFlows]uint32
	late     map[int]int // frames behind a later one, by flow, in this turn
}

func soakName(i int) string { return fmt.Sprintf("s%d", i) }

func (s *soak) open(t *testing.T, ns *netlab.NS, prefix string) (b *bond.Bond) {
	t.Helper()
	var names []string
	for i := range soakMembers {
		names = append(names, prefix+soakName(i))
	}
	ns.Must(t, func() (err error) {
		b, err = bond.Open(bond.OpenConfig{Config: bond.Config{Rate: bond.RateFast, Hash: hash.Layer34, Resilient: true,
			AggregateWait: -1, FlushTimeout: 500 * time.Millisecond},
			Interfaces: names, NoDevice: true, StateDir: s.dir})
		return err
	})
	return b
}

// send sends at the soak's rate until stop.
func (s *soak) send(stop <-chan struct{}) {
	const burst = 20
	frames := make([][]byte, burst)
	for i := range frames {
		frames[i] = make([]byte, soakFrame)
		copy(frames[i], []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45})
		frames[i][23] = 17
		copy(frames[i][26:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	}
	tick := time.NewTicker(time.Second * burst / soakRate)
	defer tick.Stop()
	for seq := uint32(1); ; {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		for _, f := range frames {
			flow := seq % soakFlows
			binary.BigEndian.PutUint16(f[34:], uint16(1024+flow*7))
			binary.BigEndian.PutUint16(f[36:], 9)
			binary.BigEndian.PutUint32(f[42:], flow)
			binary.BigEndian.PutUint32(f[46:], seq)
			seq++
		}
		s.offered += burst
		_, _ = s.a.SendBatch(frames) // what is not taken is counted there
	}
}

func (s *soak) receive() {
	bufs, sizes := make([][]byte, 64), make([]int, 64)
	for i := range bufs {
		bufs[i] = make([]byte, 2048)
	}
	for {
		n, err := s.b.ReceiveBatch(bufs, sizes)
		if err != nil {
			return
		}
		s.received.Add(uint64(n))
		s.mu.Lock()
		for i := range n {
			if sizes[i] != soakFrame {
				continue
			}
			flow, seq := binary.BigEndian.Uint32(bufs[i][42:])%soakFlows, binary.BigEndian.Uint32(bufs[i][46:])
			if seq < s.last[flow] {
				s.late[int(flow)]++
			} else {
				s.last[flow] = seq
			}
		}
		s.mu.Unlock()
	}
}

// action does one thing to the bonds and says what, and whether a flow may lose its
// member by it.
func (s *soak) action(t *testing.T) (what string, forced bool) {
	i := s.r.IntN(soakMembers)
	a, b := "a"+soakName(i), "b"+soakName(i)
	down := 0
	for k := range soakMembers {
		if s.down[k] || s.silent[k] {
			down++
		}
	}
	switch n := s.r.IntN(8); {
	case n == 0 && !s.down[i] && down < 2 && !s.out:
		s.far.Down(t, b)
		s.down[i] = true
		return b + " down", true
	case n <= 1 && s.down[i]:
		s.far.Up(t, b)
		s.down[i] = false
		return b + " up", false
	case n == 2 && !s.silent[i] && !s.down[i] && down < 2 && !s.out:
		// LACPDUs are lost, data sent around the queueing discipline is not.
		s.far.Run(t, "tc", "filter", "add", "dev", b, "egress", "prio", "77", "bpf", "da", "bytecode", "1,6 0 0 2")
		s.silent[i] = true
		return b + " silent", true
	case n <= 3 && s.silent[i]:
		s.far.Run(t, "tc", "filter", "del", "dev", b, "egress", "prio", "77")
		s.silent[i] = false
		return b + " heard", false
	case n == 4 && down == 0 && !s.out:
		if err := s.a.RemoveMember(a); err != nil {
			t.Errorf("remove: %v", err)
		}
		s.near.Must(t, func() error { return s.a.AddInterface(a) })
		return a + " removed and added", false
	case n == 5:
		on := s.r.IntN(2) == 0
		if err := s.a.Drain("as0", on); err != nil {
			t.Errorf("drain: %v", err)
		}
		return fmt.Sprintf("drain %v", on), false
	case n == 6:
		mtu := 1500 + s.r.IntN(7000)
		if err := s.a.Set(func(c *bond.Config) { c.MTU = mtu }); err != nil {
			t.Errorf("MTU: %v", err)
		}
		return fmt.Sprintf("mtu %d", mtu), false
	}
	policy := []hash.Policy{hash.Layer34, hash.Layer23}[s.r.IntN(2)]
	rate := bond.Rate(s.r.IntN(2))
	if err := s.a.Set(func(c *bond.Config) { c.Hash, c.Rate = policy, rate }); err != nil {
		t.Errorf("hash and rate: %v", err)
	}
	return fmt.Sprintf("hash %v, rate %v", policy, rate), false
}

// turn returns the flows that were reordered since the last call.
func (s *soak) turn() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.late)
	clear(s.late)
	return n
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time: not with -short")
	}
	length := soakTime
	if v := os.Getenv("SOAK"); v != "" {
		var err error
		if length, err = time.ParseDuration(v); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := &soak{near: netlab.New(t), far: netlab.New(t), dir: t.TempDir(), r: rand.New(rand.NewPCG(seed, 1)), late: make(map[int]int)}
	// An interface that is no member for a moment shall say nothing of its own.
	for _, ns := range []*netlab.NS{s.near, s.far} {
		setSysctl(t, ns, "ipv6/conf/all/disable_ipv6", "1")
		setSysctl(t, ns, "ipv6/conf/default/disable_ipv6", "1")
	}
	for i := range soakMembers {
		netlab.Pair(t, s.near, "a"+soakName(i), s.far, "b"+soakName(i))
		s.near.Up(t, "a"+soakName(i))
		s.far.Up(t, "b"+soakName(i))
	}
	s.a, s.b = s.open(t, s.near, "a"), s.open(t, s.far, "b")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := errors.Join(s.a.WaitReady(ctx), s.b.WaitReady(ctx)); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var workers, receiver sync.WaitGroup
	workers.Go(func() { s.send(stop) })
	receiver.Go(s.receive)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	<-tick.C
	files, goroutines, memory := descriptors(t, os.Getpid()), runtime.NumGoroutine(), heap()
	s.turn()
	recent := 0 // turns since a member was lost: a silent one is noticed after seconds
	for end := time.Now().Add(length); time.Now().Before(end); {
		what, forced := s.action(t)
		if forced {
			recent = 6
		}
		<-tick.C
		late := s.turn()
		if late > 0 {
			t.Logf("%s: %d flows reordered", what, late)
		}
		switch {
		case recent == 0 && late > 0:
			t.Errorf("%s: %d flows were reordered though none has lost its member", what, late)
		case late > soakFlows/2:
			t.Errorf("%s: %d flows of %d were reordered", what, late, soakFlows)
		}
		recent = max(0, recent-1)
	}
	close(stop)
	workers.Wait()
	// What is held goes out, what is under way arrives.
	await(t, "nothing is under way", time.Now(), 10*time.Second, func() bool {
		before := s.received.Load()
		<-tick.C
		return before == s.received.Load()
	}, func() string { return "" })
	if f, g, m := descriptors(t, os.Getpid()), runtime.NumGoroutine(), heap(); f > files || g > goroutines+4 || m > memory+16<<20 {
		t.Errorf("%d descriptors, %d goroutines, %d octets of heap; at first %d, %d, %d", f, g, m, files, goroutines, memory)
	}
	s.addUp(t)
	if err := errors.Join(s.a.Close(), s.b.Close()); err != nil {
		t.Error(err)
	}
	receiver.Wait()
}

// addUp checks that every frame is accounted for.
func (s *soak) addUp(t *testing.T) {
	t.Helper()
	sum := func(b *bond.Bond) (bond.BondCounters, bond.Counters) {
		st := b.Status()
		c := st.Former
		for _, m := range st.Members {
			c.TxFrames += m.Counters.TxFrames
			c.TxErrors += m.Counters.TxErrors
			c.RxFrames += m.Counters.RxFrames
			c.RxNotCollecting += m.Counters.RxNotCollecting
			c.Link.KernelDrops += m.Counters.Link.KernelDrops
		}
		return st.Counters, c
	}
	ab, a := sum(s.a)
	bb, b := sum(s.b)
	if out := a.TxFrames + a.TxErrors + ab.TxNoMember + ab.TxHoldDropped; s.offered != out {
		t.Errorf("%d frames offered: %d sent, %d refused by links, %d without a member, %d too many to hold; %d in all",
			s.offered, a.TxFrames, a.TxErrors, ab.TxNoMember, ab.TxHoldDropped, out)
	}
	if out := s.received.Load() + b.RxNotCollecting + bb.RxDropped + bb.RxMalformed; b.RxFrames != out {
		t.Errorf("%d frames arrived: %d received, %d not collected, %d without room; %d in all",
			b.RxFrames, s.received.Load(), b.RxNotCollecting, bb.RxDropped, out)
	}
	if b.RxFrames > a.TxFrames {
		t.Errorf("%d frames arrived of %d", b.RxFrames, a.TxFrames)
	}
	t.Logf("%d offered, %d sent, %d refused by links, %d held, %d too many to hold, %d without a member; %d arrived, %d dropped by the kernel, %d not collected, %d without room, %d received",
		s.offered, a.TxFrames, a.TxErrors, ab.TxHeld, ab.TxHoldDropped, ab.TxNoMember, b.RxFrames, b.Link.KernelDrops, b.RxNotCollecting, bb.RxDropped, s.received.Load())
}
