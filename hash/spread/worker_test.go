package spread_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// TestPickBatchAgrees checks that PickBatch agrees with the snapshot, frame by frame, over
// several inner batches.
func TestPickBatchAgrees(t *testing.T) {
	frames := traffic.Batch(traffic.KindMix, 1000, 7)
	for _, c := range []spread.DistributorConfig{{}, {Buckets: 4096}, {Buckets: 64}, {Select: spread.Modulo}} {
		d := distributor(t, c, equalMembers(5))
		w := d.NewWorker()
		ids := make([]uint16, len(frames))
		if n := w.PickBatch(ids[:700], frames); n != 700 || ids[700] != 0 {
			t.Errorf("%+v: %d picked, want 700 and no more", c, n)
		}
		if n := w.PickBatch(ids, frames); n != 1000 {
			t.Fatalf("%+v: %d picked, want 1000", c, n)
		}
		for i, f := range frames {
			if want, _ := d.Snapshot().PickFrame(f); int(ids[i]) != want {
				t.Fatalf("%+v: frame %d to %d, want %d", c, i, ids[i], want)
			}
		}
	}
}

func TestPickBatchDoesNotAllocate(t *testing.T) {
	frames := traffic.Batch(traffic.KindMix, 300, 7)
	ids := make([]uint16, len(frames))
	now := time.Unix(0, 0)
	for _, p := range hash.Policies() {
		for _, sel := range []spread.Selection{spread.Resilient, spread.Modulo} {
			d, err := spread.NewDistributor(hasher(t, p, hash.Options{}), spread.DistributorConfig{Select: sel})
			if err != nil {
				t.Fatal(err)
			}
			set(t, d, equalMembers(3))
			w := d.NewWorker()
			if n := testing.AllocsPerRun(10, func() {
				w.PickBatch(ids, frames)
				w.HandOver()
			}); n != 0 {
				t.Errorf("%s: PickBatch allocates %v times, want 0", p, n)
			}
			d.Rebalance(now)
		}
	}
}

// TestRebalanceFoldsWorkers checks that one heavy flow per bucket of member 0, counted by two
// workers, moves buckets off it once the interval is over and the workers have handed over.
func TestRebalanceFoldsWorkers(t *testing.T) {
	d := distributor(t, spread.DistributorConfig{Balance: spread.Balance{Interval: time.Second}}, equalMembers(2))
	var heavy [][]byte
	for _, f := range traffic.FlowSets()[0].Frames[:600] {
		if m, _ := d.Snapshot().PickFrame(f); m == 0 {
			heavy = append(heavy, f)
		}
	}
	workers := []*spread.Worker{d.NewWorker(), d.NewWorker(), d.NewWorker()}
	d.Remove(workers[2])
	ids := make([]uint16, len(heavy))
	now := time.Unix(100, 0)
	rebalance := func(after time.Duration, moves bool) {
		t.Helper()
		now = now.Add(after)
		if c := d.Rebalance(now); (len(c.Moved) > 0) != moves {
			t.Errorf("after %v: %d moved, want some: %v", now.Sub(time.Unix(100, 0)), len(c.Moved), moves)
		}
	}
	rebalance(0, false)
	for i := range 20 {
		workers[i%2].PickBatch(ids, heavy)
	}
	rebalance(900*time.Millisecond, false)
	rebalance(100*time.Millisecond, false) // asks
	workers[0].PickBatch(ids, heavy[:1])   // hands over
	workers[1].HandOver()
	rebalance(100*time.Millisecond, true)
	rebalance(100*time.Millisecond, false)
	counts := map[uint16]int{}
	workers[0].PickBatch(ids, heavy)
	for _, id := range ids {
		counts[id]++
	}
	if counts[1] == 0 {
		t.Errorf("all %d flows still on member 0, want some moved", counts[0])
	}
}

// TestWorkersDuringChanges runs workers while control changes the table. It checks that every
// batch sees one table, and only members that are up at some time.
func TestWorkersDuringChanges(t *testing.T) {
	members := equalMembers(4)
	d := distributor(t, spread.DistributorConfig{Balance: spread.Balance{Interval: time.Second}}, members)
	frames := traffic.Batch(traffic.KindMix, 300, 9)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		w := d.NewWorker()
		wg.Go(func() {
			ids := make([]uint16, 2*len(frames))
			twice := slices.Concat(frames, frames)
			for {
				select {
				case <-stop:
					return
				default:
				}
				if n := w.PickBatch(ids, twice); n != len(twice) {
					t.Errorf("%d picked, want %d", n, len(twice))
					return
				}
				if !slices.Equal(ids[:len(frames)], ids[len(frames):]) {
					t.Error("one batch saw two tables, want one")
					return
				}
			}
		})
	}
	now := time.Unix(0, 0)
	for i := range 300 {
		set(t, d, withDown(members, uint16(i%5)))
		now = now.Add(600 * time.Millisecond)
		d.Rebalance(now)
	}
	close(stop)
	wg.Wait()
}
