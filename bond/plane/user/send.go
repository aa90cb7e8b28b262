package user

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
)

// batch is the scratch of one sender: the frames that go to each member.
type batch struct {
	sender   uint32 // selects the counters of buckets
	in       []link.Frame
	byMember [][]link.Frame
	used     []uint16
	run      []link.Frame // for the modes without flows
	taken    int          // how many frames were taken
}

// batches are those of the callers of Send. Each is a sender of its own.
var (
	batches    = sync.Pool{New: func() any { return &batch{sender: lastSender.Add(1)} }}
	lastSender atomic.Uint32
)

// Send sends one Ethernet frame, without FCS, on the member its flow belongs to. It does not
// wait. A frame that the member can't take is dropped, and the error is the link's. Frames of
// one flow that are sent one after another stay in order.
//
// The other errors are [plane.ErrNoMember], [plane.ErrTooLong] and [plane.ErrNotEthernet].
func (u *Plane) Send(frame []byte) error {
	s := batches.Get().(*batch)
	defer batches.Put(s)
	s.in = append(s.in[:0], link.Frame{Data: frame})
	err := u.transmit(s, s.in)
	s.in[0] = link.Frame{}
	return err
}

// SendBatch sends several frames, at a lower cost for each than Send. It returns how many
// frames were taken, by a link or to be sent in a moment; with plane.SpreadCopies, by at least
// one link. The error is that of the last frame that was not taken.
func (u *Plane) SendBatch(frames [][]byte) (int, error) {
	s := batches.Get().(*batch)
	defer batches.Put(s)
	var err error
	taken := 0
	for len(frames) > 0 {
		n := min(len(frames), batchSize)
		s.in = s.in[:0]
		for _, f := range frames[:n] {
			s.in = append(s.in, link.Frame{Data: f})
		}
		s.taken = 0
		if e := u.transmit(s, s.in); e != nil {
			err = e
		}
		taken += s.taken
		frames = frames[n:]
	}
	clear(s.in[:cap(s.in)])
	return taken, err
}

// transmit distributes frames. The error is that of the last frame that was dropped.
func (u *Plane) transmit(s *batch, frames []link.Frame) (err error) {
	p := u.acquire()
	err = u.spread(p, s, frames)
	p.senders.Add(-1)
	return err
}

// spread distributes frames by a plan.
func (u *Plane) spread(p *plan, s *batch, frames []link.Frame) (err error) {
	if u.fence.closed() {
		u.counters.txNoMember.Add(uint64(len(frames)))
		return plane.ErrNoMember
	}
	if p.stations != nil {
		p.stations.learn(frames)
	}
	switch p.Spread {
	case plane.SpreadInTurn:
		return u.inTurn(p, s, frames)
	case plane.SpreadCopies:
		return u.copies(p, s, frames)
	case plane.SpreadAtRandom:
		return u.atRandom(p, s, frames)
	}
	for len(s.byMember) < len(p.members) {
		s.byMember = append(s.byMember, nil)
	}
	count := p.counts.of(s.sender)
	for i := range frames {
		f := &frames[i]
		if e := p.check(f); e != nil {
			u.counters.refused(e)
			err = e
			continue
		}
		if p.held != nil && p.holds(f) && p.held.put(u, f) {
			s.taken++
			continue
		}
		var id int
		var ok bool
		if count == nil {
			id, ok = p.pick(f)
		} else {
			id, ok = p.pickCounted(f, count)
		}
		if !ok {
			u.counters.txNoMember.Add(1)
			err = plane.ErrNoMember
			continue
		}
		if len(s.byMember[id]) == 0 {
			s.used = append(s.used, uint16(id))
		}
		s.byMember[id] = append(s.byMember[id], *f)
	}
	for _, id := range s.used {
		n, e := p.members[id].write(s.byMember[id])
		if s.taken += n; e != nil {
			err = e
		}
		clear(s.byMember[id])
		s.byMember[id] = s.byMember[id][:0]
	}
	s.used = s.used[:0]
	return err
}

// check returns why a frame can't be distributed, or nil.
func (p *plan) check(f *link.Frame) error {
	if len(f.Data) < link.HeaderLen {
		return plane.ErrNotEthernet
	}
	ethertype := binary.BigEndian.Uint16(f.Data[12:])
	if ethertype == link.EtherTypeSlow {
		return plane.ErrNotEthernet
	}
	if len(f.Data) <= p.maxFrame || f.Offload.GSO != link.GSONone {
		return nil
	}
	if len(f.Data) > p.maxFrame+link.TagsLen(f.Data) {
		return plane.ErrTooLong
	}
	return nil
}

// write sends frames on the member's link and counts the results. It returns how many frames
// were taken, and the first error.
func (m *member) write(frames []link.Frame) (taken int, first error) {
	for len(frames) > 0 {
		n, err := m.link.Write(frames)
		m.counters.sent(frames[:n])
		taken += n
		if err == nil {
			return taken, first
		}
		if first == nil {
			first = err
		}
		m.counters.txErrors.Add(1)
		if n+1 >= len(frames) || errors.Is(err, net.ErrClosed) {
			m.counters.txErrors.Add(uint64(max(0, len(frames)-n-1)))
			return taken, first
		}
		frames = frames[n+1:] // the frame that the link refused is lost; try the others
	}
	return taken, first
}

// deliver passes on the frames that a member has received, if it collects.
func (u *Plane) deliver(m *member, frames []link.Frame) {
	p := u.plan.Load()
	m.counters.received(frames)
	collects := int(m.id) < len(p.members) && p.members[m.id] == m && p.collecting[m.id]
	if u.fence.closed() || !collects && !m.rest.includes(m.link) {
		m.counters.rxNotCollecting.Add(uint64(len(frames)))
		return
	}
	if p.stations != nil {
		received := len(frames)
		frames = p.stations.admit(frames, p.Groups == m.id)
		u.counters.rxReflected.Add(uint64(received - len(frames)))
	}
	if frames = u.divert(p, frames); len(frames) == 0 {
		return
	}
	if u.device == nil {
		u.queue.put(u, frames)
		return
	}
	kept := u.accepted(frames)
	if n := len(frames) - len(kept); n > 0 {
		u.counters.rxOtherStation.Add(uint64(n))
	}
	frames = kept
	for len(frames) > 0 {
		n, err := u.toDevice(m, frames)
		if err == nil {
			return
		}
		u.counters.rxDropped.Add(1)
		frames = frames[min(n+1, len(frames)):]
	}
}

// toDevice passes frames of a member to the host. If the device has several queues, each
// member uses one of them.
func (u *Plane) toDevice(m *member, frames []link.Frame) (int, error) {
	if u.queues > 1 {
		return u.device.(link.MultiQueue).WriteQueue(int(m.id)%u.queues, frames)
	}
	return u.device.Write(frames)
}
