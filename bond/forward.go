package bond

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"

	"github.com/lagkit/lagkit/bond/link"
)

// batch is the scratch of one sender: the frames that go to each member.
type batch struct {
	in       []link.Frame
	byMember [][]link.Frame
	used     []uint16
	run      []link.Frame // of the modes without flows
	taken    int          // how many frames were
}

var batches = sync.Pool{New: func() any { return new(batch) }}

// Send sends one Ethernet frame, without FCS, on the member its flow belongs to.
// It does not wait: what the member can't take is dropped, and the error is the
// link's. Frames of one flow that are sent one after another stay in order.
//
// The other errors are [ErrNoMember], [ErrTooLong], [ErrNotEthernet] and, after
// Close, [net.ErrClosed].
func (b *Bond) Send(frame []byte) error {
	if !b.open.Load() {
		return net.ErrClosed
	}
	s := batches.Get().(*batch)
	defer batches.Put(s)
	s.in = append(s.in[:0], link.Frame{Data: frame})
	err := b.transmit(s, s.in)
	s.in[0] = link.Frame{}
	return err
}

// SendBatch is Send for several frames, which costs less for each. It returns how
// many were taken, by a link or to be sent in a moment; in ModeBroadcast, by at
// least one link. The error is that of the last frame that was not.
func (b *Bond) SendBatch(frames [][]byte) (int, error) {
	if !b.open.Load() {
		return 0, net.ErrClosed
	}
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
		if e := b.transmit(s, s.in); e != nil {
			err = e
		}
		taken += s.taken
		frames = frames[n:]
	}
	clear(s.in[:cap(s.in)])
	return taken, err
}

// transmit distributes frames. The error is that of the last frame that was dropped.
func (b *Bond) transmit(s *batch, frames []link.Frame) (err error) {
	p := b.acquire()
	err = b.spread(p, s, frames)
	p.senders.Add(-1)
	return err
}

// spread distributes frames by a plan.
func (b *Bond) spread(p *plan, s *batch, frames []link.Frame) (err error) {
	switch p.spread {
	case spreadInTurn:
		return b.inTurn(p, s, frames)
	case spreadCopies:
		return b.copies(p, s, frames)
	}
	for len(s.byMember) < len(p.members) {
		s.byMember = append(s.byMember, nil)
	}
	for i := range frames {
		f := &frames[i]
		if e := p.check(f); e != nil {
			b.data.refused(e)
			err = e
			continue
		}
		if p.held != nil && p.holds(f) && p.held.put(b, f) {
			s.taken++
			continue
		}
		id, ok := p.pick(f)
		if !ok {
			b.data.txNoMember.Add(1)
			err = ErrNoMember
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

// check reports why a frame can't be distributed.
func (p *plan) check(f *link.Frame) error {
	if len(f.Data) < link.HeaderLen {
		return ErrNotEthernet
	}
	ethertype := binary.BigEndian.Uint16(f.Data[12:])
	if ethertype == link.EtherTypeSlow {
		return ErrNotEthernet
	}
	if len(f.Data) <= p.maxFrame || f.Offload.GSO != link.GSONone {
		return nil
	}
	if len(f.Data) > p.maxFrame+link.TagsLen(f.Data) {
		return ErrTooLong
	}
	return nil
}

// write sends frames on the member's link and counts what became of them. It
// returns how many were taken.
func (m *member) write(frames []link.Frame) (taken int, first error) {
	for len(frames) > 0 {
		n, err := m.link.Write(frames)
		m.data.sent(frames[:n])
		taken += n
		if err == nil {
			return taken, first
		}
		if first == nil {
			first = err
		}
		m.data.txErrors.Add(1)
		if n+1 >= len(frames) || errors.Is(err, net.ErrClosed) {
			m.data.txErrors.Add(uint64(max(0, len(frames)-n-1)))
			return taken, first
		}
		frames = frames[n+1:] // the one the link refused is lost; try the others
	}
	return taken, first
}

// deliver passes on what a member has received, if it collects.
func (b *Bond) deliver(m *member, frames []link.Frame) {
	p := b.plan.Load()
	m.data.received(frames)
	if int(m.id) >= len(p.members) || p.members[m.id] != m || !p.collecting[m.id] {
		m.data.rxNotCollecting.Add(uint64(len(frames)))
		return
	}
	if frames = b.divert(p, frames); len(frames) == 0 {
		return
	}
	if b.device == nil {
		b.queue.put(b, frames)
		return
	}
	kept := b.accepted(frames)
	if n := len(frames) - len(kept); n > 0 {
		b.data.rxOtherStation.Add(uint64(n))
	}
	frames = kept
	for len(frames) > 0 {
		n, err := b.toDevice(m, frames)
		if err == nil {
			return
		}
		b.data.rxDropped.Add(1)
		frames = frames[min(n+1, len(frames)):]
	}
}

// toDevice hands frames of a member to the host, by a queue of the member's own if
// there are several.
func (b *Bond) toDevice(m *member, frames []link.Frame) (int, error) {
	if b.queues > 1 {
		return b.device.(link.MultiQueue).WriteQueue(int(m.id)%b.queues, frames)
	}
	return b.device.Write(frames)
}
