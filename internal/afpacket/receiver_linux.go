package afpacket

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/bpf"
)

// macsLen is the length of the addresses in front of a VLAN tag.
const macsLen = 12

// maxReadErrors limits how often in a row a receive may fail with a temporary error.
const maxReadErrors = 1000

// Receiver reads data frames from a packet socket. One goroutine reads. Each frame is received
// after a gap that has room for the VLAN tag the kernel took out, so that the tag can be put
// back without moving the frame.
type Receiver struct {
	*pollFD
	index      int32
	vnet       bool
	last       int // octets in the last batch
	truncated  atomic.Uint64
	unreadable atomic.Uint64
	tagged     atomic.Uint64
	counts     counts
	ring       ringReader

	msgs [Batch]unix.Mmsghdr
	iovs [Batch][2]unix.Iovec
	hdrs [Batch]vnetHeader
	aux  [Batch]auxBuffer
}

// OpenReceiver opens a socket that receives an interface's data frames.
func OpenReceiver(index int32) (*Receiver, error) { return OpenRingReceiver(index, 0) }

// OpenRingReceiver is OpenReceiver with a ring of a number of slots, such as [RingSlots]. If the
// kernel refuses the ring, the receiver goes on without: see [Receiver.RingsRefused].
func OpenRingReceiver(index int32, slots int) (_ *Receiver, err error) {
	fd, err := packetSocket()
	if err != nil {
		return nil, err
	}
	var p *pollFD
	defer func() {
		switch {
		case err == nil:
		case p != nil:
			p.Close()
		default:
			_ = unix.Close(fd)
		}
	}()
	if err := bpf.Attach(fd, bpf.Data); err != nil {
		return nil, fmt.Errorf("attach filter to packet socket: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1); err != nil {
		return nil, fmt.Errorf("ask packet socket for VLAN tags: %w", err)
	}
	// On kernels without it the filter does the same, a little later.
	setPacketOption(fd, unix.PACKET_IGNORE_OUTGOING)
	vnet := setPacketOption(fd, unix.PACKET_VNET_HDR)
	setBuffer(fd, unix.SO_RCVBUFFORCE, unix.SO_RCVBUF)
	if p, err = newPollFD(fd); err != nil {
		return nil, err
	}
	r := &Receiver{pollFD: p, index: index, vnet: vnet}
	if r.ring.slots = slots; slots > 0 {
		r.openRing() // before the first frame, for the frames in the queue would be lost
	}
	if err := bindPacket(fd, index, unix.ETH_P_ALL); err != nil {
		return nil, fmt.Errorf("bind packet socket: %w", err)
	}
	r.makeMessages()
	return r, nil
}

// makeMessages prepares the messages for all receives. Only the buffers differ.
func (r *Receiver) makeMessages() {
	for i := range r.msgs {
		h := &r.msgs[i].Hdr
		iov := r.iovs[i][:]
		if r.vnet {
			iov[0].Base = (*byte)(unsafe.Pointer(&r.hdrs[i]))
			iov[0].SetLen(vnetHeaderLen)
		} else {
			iov = iov[1:]
		}
		h.Iov = &iov[0]
		h.SetIovlen(len(iov))
		h.Control = &r.aux[i].b[0]
	}
}

// Join requests a membership of the interface, until Leave or Close.
func (r *Receiver) Join(m Membership) error { return join(r.fd, r.index, m) }

// Leave ends a membership.
func (r *Receiver) Leave(m Membership) error { return leave(r.fd, r.index, m) }

// Read implements [link.Link].
func (r *Receiver) Read(bufs [][]byte, frames []link.Frame) (int, error) {
	if !r.Use() {
		return 0, net.ErrClosed
	}
	defer r.Unuse()
	want := min(len(bufs), len(frames), Batch)
	for _, b := range bufs[:want] {
		if len(b) <= link.TagLen {
			return 0, fmt.Errorf("bond: read buffer of %d octets; at least %d are needed", len(b), link.TagLen+1)
		}
	}
	if r.ring.ring != nil {
		if n, err := r.readRing(bufs[:want], frames); n > 0 || err != nil {
			return n, err
		}
	}
	r.aim(bufs[:want])
	for errs := 0; ; {
		if err := r.ended(); err != nil {
			return 0, err
		}
		n, errno := recvmmsg(r.fd, r.msgs[:want], r.last < rawLimit)
		switch errno {
		case 0:
			if n = r.collect(n, bufs, frames); n > 0 {
				return n, nil
			}
			r.aim(bufs[:want])
		case unix.EAGAIN:
			r.last = 0
			if err := r.wait(0); err != nil {
				return 0, err
			}
		case unix.EINTR:
		case unix.EINVAL:
			// The frame has no virtio-net description.
			r.unreadable.Add(1)
			fallthrough
		default:
			// ENETDOWN and similar errors occur once when the interface goes down.
			if errs++; errs > maxReadErrors || errno == unix.EBADF || errno == unix.EFAULT {
				return 0, fmt.Errorf("bond: receive: %w", errno)
			}
		}
	}
}

// aim makes the next receive use these buffers.
func (r *Receiver) aim(bufs [][]byte) {
	for i, b := range bufs {
		iov := &r.iovs[i][1]
		iov.Base = &b[link.TagLen]
		iov.SetLen(len(b) - link.TagLen)
		r.msgs[i].Hdr.SetControllen(auxSpace)
	}
}

// Truncated returns how many frames were left out because they were too long for their buffer.
func (r *Receiver) Truncated() uint64 { return r.truncated.Load() }

// Unreadable returns how many were left out because the kernel could not describe them.
func (r *Receiver) Unreadable() uint64 { return r.unreadable.Load() }

// Tagged returns how many were left out because they are slow-protocols frames after several
// VLAN tags.
func (r *Receiver) Tagged() uint64 { return r.tagged.Load() }

// LeftOut returns how many frames Read has taken from the kernel and not returned.
func (r *Receiver) LeftOut() uint64 {
	return r.Truncated() + r.Unreadable() + r.Tagged() + r.ring.lost.Load()
}

// RingsRefused returns how many rings the kernel has refused: 0, or 1, after which there is none.
func (r *Receiver) RingsRefused() uint64 { return r.ring.denied.Load() }

// RingResets returns how many times a ring stood still and was set up again.
func (r *Receiver) RingResets() uint64 { return r.ring.resets.Load() }

// Stats returns how many frames the kernel has queued, and how many were dropped, some of them
// after they had been queued.
func (r *Receiver) Stats() (queued, dropped uint64) {
	queued, dropped = r.counts.read(r.fd)
	return queued, dropped + r.ring.lost.Load()
}

// counts sums up what the kernel has counted for a socket.
type counts struct {
	mu              sync.Mutex
	queued, dropped uint64
}

// read adds what the kernel has counted since the last call, and returns the sums.
func (c *counts) read(fd int) (queued, dropped uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q, d := socketStats(fd)
	c.queued += uint64(q)
	c.dropped += uint64(d)
	return c.queued, c.dropped
}

// CloseWith makes the receiver close a sender on the same interface when it closes. The sender
// may be used while the receiver is in use.
func (r *Receiver) CloseWith(s *Sender) { r.also = s.fd }

// collect turns n received messages into frames and returns how many are complete.
func (r *Receiver) collect(n int, bufs [][]byte, frames []link.Frame) int {
	total, kept := 0, 0
	for i := range n {
		m := &r.msgs[i]
		length := int(m.Len)
		total += length
		if r.vnet {
			length -= vnetHeaderLen
		}
		if m.Hdr.Flags&unix.MSG_TRUNC != 0 || length < macsLen+2 {
			if length == bpf.TaggedLen {
				r.tagged.Add(1)
			} else {
				r.truncated.Add(1)
			}
			continue
		}
		buf := bufs[i]
		data := buf[link.TagLen : link.TagLen+length]
		var grown uint16
		aux := r.aux[i].auxData(int(m.Hdr.Controllen))
		if aux != nil && aux.Status&unix.TP_STATUS_VLAN_VALID != 0 {
			data = buf[:link.TagLen+length]
			putTag(data, aux.Status, aux.Vlan_tci, aux.Vlan_tpid)
			grown = link.TagLen
		}
		// Frame i uses buffer i, regardless of frames left out before it.
		bufs[kept], bufs[i] = bufs[i], bufs[kept]
		f := &frames[kept]
		f.Data = data
		if r.vnet {
			f.Offload = r.hdrs[i].offload(grown)
		} else {
			f.Offload = link.Offload{}
		}
		kept++
	}
	r.last = total
	return kept
}

// putTag writes a VLAN tag into a frame that lies [link.TagLen] octets into data. The status
// reports whether the kernel knows the tag's type.
func putTag(data []byte, status uint32, tci, tpid uint16) {
	copy(data[:macsLen], data[link.TagLen:link.TagLen+macsLen])
	if status&unix.TP_STATUS_VLAN_TPID_VALID == 0 {
		tpid = unix.ETH_P_8021Q
	}
	data[macsLen], data[macsLen+1] = byte(tpid>>8), byte(tpid)
	data[macsLen+2], data[macsLen+3] = byte(tci>>8), byte(tci)
}
