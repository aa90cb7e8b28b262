package etcdtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/etcd"
	"github.com/lagkit/lagkit/internal/race"
)

// The load of TestScale: each chassis is active for some LAGs and reads them as with Hold of 500 ms.
const (
	lagsOfChassis = 5
	readEvery     = 500 * time.Millisecond // while the others grant
	readAlone     = readEvery / 4          // while they don't
	loadTime      = 10 * time.Second
	groupSize     = 2
)

// load is what a number of chassis have measured.
type load struct {
	chassis  int
	every    time.Duration // between two reads of a LAG
	requests uint64        // to members
	cpu      time.Duration // of all members

	mu     sync.Mutex
	took   []time.Duration
	failed int
}

func (l *load) note(took time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.failed++
		return
	}
	l.took = append(l.took, took)
}

// quantile returns how long a share of the reads took at most.
func (l *load) quantile(q float64) time.Duration {
	return l.took[int(q*float64(len(l.took)-1))]
}

func (l *load) String() string {
	second := loadTime.Seconds()
	return fmt.Sprintf("%d chassis, %d LAGs, a read of each LAG every %v: %.0f reads/s in %.0f requests/s, p50 %v, p99 %v, p99.9 %v, %d failed, processor time of a member %.1f %%",
		l.chassis, l.chassis*lagsOfChassis, l.every, float64(len(l.took))/second, float64(l.requests)/second,
		l.quantile(0.5), l.quantile(0.99), l.quantile(0.999), l.failed, 100*l.cpu.Seconds()/second/3)
}

// run lets a number of chassis claim their LAGs, publish and read for a while, in groups of their own.
func (l *load) run(t *testing.T, c *cluster, round int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var ready, all sync.WaitGroup
	ready.Add(l.chassis)
	var stores []*etcd.Store
	begin := make(chan struct{})
	for i := range l.chassis {
		endpoints := c.endpoints()
		endpoints = append(endpoints[i%3:], endpoints[:i%3]...)
		s := openStore(t, etcd.Config{Endpoints: endpoints, Group: fmt.Sprintf("load%d-%d", round, i/groupSize)})
		stores = append(stores, s)
		all.Go(func() {
			me := chassis.ID(fmt.Sprint("c", i))
			err := prepare(ctx, s, me)
			ready.Done()
			if err != nil {
				t.Errorf("%s: %v", me, err)
				return
			}
			<-begin
			l.read(ctx, s, me, time.Duration(i)*l.every/time.Duration(l.chassis))
		})
	}
	ready.Wait()
	requests, cpu := c.cost(stores)
	close(begin)
	<-time.After(loadTime)
	l.requests, l.cpu = c.cost(stores)
	l.requests, l.cpu = l.requests-requests, l.cpu-cpu
	cancel()
	all.Wait()
	slices.Sort(l.took)
	t.Log(l)
}

// cost returns how many requests stores have sent, and how much processor time the members have used.
func (c *cluster) cost(stores []*etcd.Store) (requests uint64, cpu time.Duration) {
	for _, s := range stores {
		for _, m := range s.Status().Members {
			requests += m.Requests
		}
	}
	for _, s := range c.servers {
		var clock unix.Timespec
		id := int32(^s.cmd.Process.Pid<<3 | 2) // the clock of all threads of a process: clock_getcpuclockid(3)
		if err := unix.ClockGettime(id, &clock); err != nil {
			c.t.Fatal(err)
		}
		cpu += time.Duration(clock.Nano())
	}
	return requests, cpu
}

// prepare claims the LAGs of a chassis and publishes about them.
func prepare(ctx context.Context, s *etcd.Store, me chassis.ID) error {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	for n := range lagsOfChassis {
		lag := fmt.Sprint(me, "-", n)
		for {
			if v, _, err := s.Do(ctx, lag, chassis.Op{Kind: chassis.OpClaim, Chassis: me}); err == nil && v.Active == me {
				break
			} else if ctx.Err() != nil {
				return fmt.Errorf("claim of %s: %+v, %w", lag, v, err)
			}
		}
		for s.Publish(ctx, me, lag, make([]byte, 1024)) != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("publication about %s: %w", lag, ctx.Err())
			}
		}
	}
	return nil
}

// read reads all LAGs of a chassis from time to time, from a phase on.
func (l *load) read(ctx context.Context, s *etcd.Store, me chassis.ID, phase time.Duration) {
	timer := time.NewTimer(phase)
	defer timer.Stop()
	var reads sync.WaitGroup
	defer reads.Wait()
	for {
		select {
		case <-timer.C:
			timer.Reset(l.every)
		case <-ctx.Done():
			return
		}
		for n := range lagsOfChassis {
			reads.Go(func() {
				began := time.Now()
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
				defer cancel()
				_, _, err := s.Do(ctx, fmt.Sprint(me, "-", n), chassis.Op{})
				l.note(time.Since(began), err)
			})
		}
	}
}

// 200 chassis with 1,000 LAGs read hardly slower than 20 with 100, before and after. The last run shows
// what happens when all of them are cut from each other at the same time. It takes a minute and
// all processors, and measures nothing on a machine that has other work.
func TestScale(t *testing.T) {
	inLab(t, "a minute and all processors")
	if race.Enabled {
		t.Skip("measures time: runs without the race detector, as in .ci/run long")
	}
	c := start(t, setup{members: 3})
	before, many, after := &load{chassis: 20, every: readEvery}, &load{chassis: 200, every: readEvery}, &load{chassis: 20, every: readEvery}
	alone := &load{chassis: 200, every: readAlone}
	for i, l := range []*load{before, many, after, alone} { // the stores of one end before the next
		t.Run(fmt.Sprint(i), func(t *testing.T) { l.run(t, c, i) })
	}
	if t.Failed() {
		return
	}
	few := max(before.quantile(0.5), after.quantile(0.5))
	if p50 := many.quantile(0.5); p50 > 4*few {
		t.Errorf("p50 of %d chassis is %v, of %d %v, want at most 4 times", before.chassis, few, many.chassis, p50)
	}
	for _, l := range []*load{many, alone} {
		if most := len(l.took) / 100; l.failed > most {
			t.Errorf("%d reads failed, want at most %d, one in a hundred: %v", l.failed, most, l)
		}
	}
}
