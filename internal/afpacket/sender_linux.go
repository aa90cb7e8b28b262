package afpacket

import (
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/gso"
)

// Sender writes data frames to a packet socket. Several goroutines may use it, but only while
// the link's receiver is in use.
type Sender struct {
	fd        int
	vnet      bool
	bypass    atomic.Bool
	segmented atomic.Uint64
	refused   atomic.Uint64
	overflows atomic.Uint64
}

// Segmented returns how many large frames were cut in software.
func (s *Sender) Segmented() uint64 { return s.segmented.Load() }

// Refused returns how many frames the interface refused for good.
func (s *Sender) Refused() uint64 { return s.refused.Load() }

// Overflows returns how many frames the interface had no room for.
func (s *Sender) Overflows() uint64 { return s.overflows.Load() }

// OpenSender opens a socket that sends on an interface.
func OpenSender(index int32) (_ *Sender, err error) {
	fd, err := packetSocket()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = unix.Close(fd)
		}
	}()
	s := &Sender{fd: fd, vnet: setPacketOption(fd, unix.PACKET_VNET_HDR)}
	setBuffer(fd, unix.SO_SNDBUFFORCE, unix.SO_SNDBUF)
	// Protocol 0: otherwise it would queue every received frame.
	if err := bindPacket(fd, index, 0); err != nil {
		return nil, fmt.Errorf("bind packet socket: %w", err)
	}
	return s, nil
}

// Bypass reports whether frames bypass the queueing discipline.
func (s *Sender) Bypass() bool { return s.bypass.Load() }

// SetBypass makes frames bypass the queueing discipline, or not. Without a queueing discipline
// the kernel drops large frames that the driver can't cut itself, so it is for interfaces that
// cut every kind.
func (s *Sender) SetBypass(on bool) {
	if s.vnet && s.bypass.Load() == on {
		return
	}
	if !s.vnet {
		on = true // it never sends a large frame
	}
	value := 0
	if on {
		value = 1
	}
	if unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, value) == nil {
		s.bypass.Store(on)
	}
}

// txBatch holds the data for one sendmmsg. It is reused.
type txBatch struct {
	msgs [Batch]unix.Mmsghdr
	iovs [Batch][2]unix.Iovec
	hdrs [Batch]vnetHeader
	soft [Batch]link.Frame // segments
	data []byte            // and their octets
}

var txBatches = sync.Pool{New: func() any {
	b := new(txBatch)
	for i := range b.msgs {
		b.iovs[i][0].Base = (*byte)(unsafe.Pointer(&b.hdrs[i]))
		b.iovs[i][0].SetLen(vnetHeaderLen)
	}
	return b
}}

// fill prepares frames, at most Batch, and returns how many and their octets. It stops at the
// first frame that the socket's header can't describe.
func (b *txBatch) fill(frames []link.Frame, vnet bool) (n, octets int) {
	for i := range frames {
		f := &frames[i]
		if len(f.Data) == 0 || !vnet && f.Offload.Pending() {
			return i, octets
		}
		iov := b.iovs[i][:]
		iov[1].Base = unsafe.SliceData(f.Data)
		iov[1].SetLen(len(f.Data))
		if vnet {
			b.hdrs[i].set(&f.Offload)
		} else {
			iov = iov[1:]
		}
		h := &b.msgs[i].Hdr
		h.Iov = &iov[0]
		h.SetIovlen(len(iov))
		octets += len(f.Data)
	}
	return len(frames), octets
}

// Write implements [link.Link].
func (s *Sender) Write(frames []link.Frame) (int, error) {
	b := txBatches.Get().(*txBatch)
	defer txBatches.Put(b)
	sent := 0
	for sent < len(frames) {
		n, errno := s.batch(b, frames[sent:min(sent+Batch, len(frames))])
		sent += n
		switch errno {
		case 0, unix.EINTR:
			continue
		case unix.EAGAIN, unix.ENOBUFS, unix.ENETDOWN, unix.ENXIO, unix.ENODEV:
			s.overflows.Add(uint64(len(frames) - sent))
			return sent, errno
		}
		// The interface refused this frame, perhaps only because of the work left to do on it.
		if err := s.soft(b, &frames[sent]); err != nil {
			s.refused.Add(1)
			return sent, err
		}
		sent++
	}
	return sent, nil
}

// batch sends up to Batch frames. If it returns n and an error, the error is about frame n.
func (s *Sender) batch(b *txBatch, frames []link.Frame) (int, unix.Errno) {
	ready, octets := b.fill(frames, s.vnet)
	sent := 0
	for sent < ready {
		n, errno := sendmmsg(s.fd, b.msgs[sent:ready], octets < rawLimit)
		sent += n
		if errno != 0 {
			return sent, errno
		}
	}
	if ready < len(frames) {
		return ready, unix.EINVAL
	}
	return ready, 0
}

// soft does in software the work that remained on a frame that the interface refused, and
// sends the result.
func (s *Sender) soft(b *txBatch, f *link.Frame) error {
	if !f.Offload.Pending() {
		if len(f.Data) == 0 {
			return fmt.Errorf("bond: send: empty frame")
		}
		return fmt.Errorf("bond: send frame of %d octets: %w", len(f.Data), unix.EMSGSIZE)
	}
	segments, data, err := gso.Segment(b.soft[:0], b.data[:0], *f)
	if err != nil {
		return err
	}
	b.data = data[:0]
	s.segmented.Add(1)
	for len(segments) > 0 {
		n, errno := s.batch(b, segments[:min(Batch, len(segments))])
		segments = segments[n:]
		if errno != 0 && errno != unix.EINTR {
			return fmt.Errorf("bond: send segment: %w", errno)
		}
	}
	return nil
}
