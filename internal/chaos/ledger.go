//go:build linux

package main

import (
	"sync"
	"time"
)

// ledger records the fate of every numbered frame.
type ledger struct {
	mu     sync.Mutex
	start  time.Time
	flows  [2][flows]flow
	doubts []doubt // not judged yet
	counts [2]struct{ sent, received int }
}

type flow struct {
	frames      []frame
	last        uint32    // the highest number received
	received    time.Time // when a frame was last received; zero: never
	tapped      int8      // the member that a frame was last seen on
	tappedSince time.Time // since when on no other
	tappedAt    time.Time
}

// frame records the fate of one frame.
type frame struct {
	sent   time.Duration // since the start
	member int8          // the cable that it was seen on, from 1; 0: none
	times  uint8         // how often it was received
	handed time.Duration // when the host gave it to an interface, since the start; zero: not yet
}

// doubt is a frame that was received twice or late.
type doubt struct {
	frameID
	at    time.Time
	twice bool
	after uint32 // for a late frame, the higher number that was received before it
}

func (l *ledger) sent(dir, flow int, now time.Time) (seq uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &l.flows[dir][flow]
	if len(f.frames) == 0 {
		f.frames = append(f.frames, frame{}) // numbers start at 1
	}
	f.frames = append(f.frames, frame{sent: now.Sub(l.start)})
	l.counts[dir].sent++
	return uint32(len(f.frames) - 1)
}

// handed records that the host gave a frame to an interface. The partner may then give it to
// another one.
func (l *ledger) handed(id frameID, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &l.flows[id.dir][id.flow]
	if int(id.seq) < len(f.frames) && f.frames[id.seq].handed == 0 {
		f.frames[id.seq].handed = now.Sub(l.start)
	}
}

// seen records that a frame left its sender on a member.
func (l *ledger) seen(id frameID, member int, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &l.flows[id.dir][id.flow]
	if int(id.seq) < len(f.frames) {
		f.frames[id.seq].member = int8(member + 1)
		if f.tapped != int8(member) || f.tappedAt.IsZero() {
			f.tappedSince = now
		}
		f.tapped, f.tappedAt = int8(member), now
	}
}

func (l *ledger) got(id frameID, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &l.flows[id.dir][id.flow]
	if int(id.seq) >= len(f.frames) {
		return
	}
	l.counts[id.dir].received++
	f.received = now
	f.frames[id.seq].times++
	switch {
	case f.frames[id.seq].times > 1:
		l.doubts = append(l.doubts, doubt{frameID: id, at: now, twice: true})
	case id.seq < f.last:
		l.doubts = append(l.doubts, doubt{frameID: id, at: now, after: f.last})
	default:
		f.last = id.seq
	}
}

// takeDoubts returns the frames to judge.
func (l *ledger) takeDoubts() []doubt {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.doubts
	l.doubts = nil
	return d
}

// lookUp returns the record of a frame.
func (l *ledger) lookUp(dir, flow int, seq uint32) frame {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.flows[dir][flow].frames[seq]
}

// sighting is the present state of a flow.
type sighting struct {
	received time.Time // zero: never
	member   int       // the member that the sender used last
	seenAt   time.Time // when the sender used it; zero: never
	since    time.Time // since when it has used no other
}

func (l *ledger) sightings() (all [2][flows]sighting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for d := range l.flows {
		for i := range l.flows[d] {
			f := &l.flows[d][i]
			all[d][i] = sighting{f.received, int(f.tapped), f.tappedAt, f.tappedSince}
		}
	}
	return all
}
