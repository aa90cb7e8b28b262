package spread

import "sync/atomic"

// counters holds the octets per bucket that a worker has counted.
type counters [MaxBuckets]uint64

// workerBatch is how many frames a worker hashes at a time, so that their hashes stay in the
// first-level cache.
const workerBatch = 256

// A Worker picks members for one goroutine and counts the octets of each bucket. It has its
// own counters, so that counting needs no atomic instruction. It hands them over when control
// asks.
type Worker struct {
	d     *Distributor
	count *counters
	sums  [workerBatch]uint32
	epoch uint32

	handed atomic.Pointer[counters] // handed to control
	spare  atomic.Pointer[counters] // returned by control, zeroed
}

// NewWorker returns a Worker for one goroutine. Only control may call it.
func (d *Distributor) NewWorker() *Worker {
	w := &Worker{d: d, count: new(counters), epoch: d.epoch.Load()}
	w.spare.Store(new(counters))
	d.workers = append(d.workers, w)
	return w
}

// PickBatch sets ids[i] to the member of frames[i]. It returns the number of ids it set: the
// length of the shorter slice, or 0 if no member is up. It uses one snapshot for all frames and
// does not allocate.
func (w *Worker) PickBatch(ids []uint16, frames [][]byte) int {
	if e := w.d.epoch.Load(); e != w.epoch {
		w.epoch = e
		w.HandOver()
	}
	s := w.d.snapshot.Load()
	n := min(len(ids), len(frames))
	if n == 0 || s.empty() {
		return 0
	}
	for done := 0; done < n; {
		batch := frames[done:min(done+workerBatch, n)]
		sums := w.sums[:len(batch)]
		s.hasher.Sum32s(sums, batch)
		if s.buckets > 0 {
			w.pick(s, ids[done:], sums, batch)
		} else {
			for i, sum := range sums {
				id, _ := s.table.Pick(sum)
				ids[done+i] = uint16(id)
			}
		}
		done += len(batch)
	}
	return n
}

// pick maps hashes to members by bucket and counts octets.
func (w *Worker) pick(s *Snapshot, ids []uint16, sums []uint32, frames [][]byte) {
	// Slices of the whole arrays avoid a nil check of the pointer per frame.
	member, count := s.member[:], w.count[:]
	ids, frames = ids[:len(sums)], frames[:len(sums)]
	if s.shift == defaultShift {
		// A shift by a constant takes a tenth less time than the loop below.
		for i, sum := range sums {
			b := spread(sum) >> defaultShift
			ids[i] = member[b]
			count[b] += uint64(len(frames[i]))
		}
		return
	}
	shift := s.shift & 31
	for i, sum := range sums {
		b := spread(sum) >> shift & (MaxBuckets - 1)
		ids[i] = member[b]
		count[b] += uint64(len(frames[i]))
	}
}

// HandOver gives the counters to control before control asks. Call it before a long pause, from
// the worker's goroutine.
func (w *Worker) HandOver() {
	if w.handed.Load() != nil {
		return // control has not taken the last ones
	}
	next := w.spare.Swap(nil)
	if next == nil {
		return
	}
	w.handed.Store(w.count)
	w.count = next
}

// Remove removes a worker. Counters that it has not handed over are lost. Only control may call
// it, after the worker's last call.
func (d *Distributor) Remove(w *Worker) {
	for i, have := range d.workers {
		if have == w {
			d.workers = append(d.workers[:i:i], d.workers[i+1:]...)
			return
		}
	}
}

// collect returns the sum of the counters that the workers have handed over.
func (d *Distributor) collect() []uint64 {
	octets := make([]uint64, len(d.live))
	for _, w := range d.workers {
		c := w.handed.Swap(nil)
		if c == nil {
			continue
		}
		for b := range octets {
			octets[b] += c[b]
		}
		*c = counters{}
		w.spare.Store(c)
	}
	return octets
}
