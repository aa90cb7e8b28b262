package afpacket

import (
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/bpf"
)

// ringReader is the state of a [Receiver] with a ring.
type ringReader struct {
	*ring         // nil: the receiver has none
	slots  int    // that the ring has or, if the kernel refused it, would have; 0: none
	long   int    // frames in the socket's queue: they did not fit their slots, which have been read
	taken  uint64 // slots that have been read
	doubts doubts
	lost   atomic.Uint64 // frames that the kernel has counted as queued, and that can't be read
	resets atomic.Uint64
	denied atomic.Uint64
}

// A ring stands still if the kernel and the reader disagree about the slot that is next. The
// kernel causes that itself: it keeps a slot that it took for a frame and then could not describe
// in a virtio-net header, and before Linux 5.6 two processors could take one slot.
const (
	// stuck is how long the kernel may report a frame while the next slot has none.
	stuck = 100 * time.Millisecond

	// silence is how long the reader waits for a frame before it asks the kernel whether any
	// has arrived.
	silence = 500 * time.Millisecond

	// silences is how many times in a row the kernel must have counted frames then. The first
	// time they may have arrived before the reader began to wait.
	silences = 2
)

// doubts is the evidence since the last frame that the ring stands still.
type doubts struct {
	since   time.Time // when the kernel first reported a frame while the next slot had none
	silent  int       // how many times in a row the kernel has counted frames, but filled no slot
	counted uint64    // how many frames it had counted the last time
}

// readRing is Read for a receiver with a ring. If it returns neither frames nor an error, the
// ring was lost.
func (r *Receiver) readRing(bufs [][]byte, frames []link.Frame) (int, error) {
	for errs := 0; r.ring.ring != nil; {
		if err := r.ended(); err != nil {
			return 0, err
		}
		var kept int
		var failed unix.Errno
		if r.ring.long == 0 {
			var slots int
			if kept, slots = r.fromRing(bufs, frames); slots == 0 {
				var err error
				if failed, err = r.awaitSlot(); err != nil {
					return 0, err
				}
			}
		} else {
			kept, failed = r.fromQueue(bufs, frames)
		}
		if kept > 0 {
			return kept, nil
		}
		if failed != 0 {
			if errs++; errs > maxReadErrors {
				return 0, fmt.Errorf("bond: receive: %w", failed)
			}
		}
	}
	return 0, nil
}

// fromRing copies frames out of the ring until bufs are used up, or the next slot has none, or has
// a long frame. If a long frame is the first, fromRing only counts those that follow one another.
// It returns how many frames are complete, and how many slots it has read.
func (r *Receiver) fromRing(bufs [][]byte, frames []link.Frame) (kept, slots int) {
	g := &r.ring
	for slots < len(bufs) {
		status := g.status()
		if status&unix.TP_STATUS_USER == 0 {
			break
		}
		if status&unix.TP_STATUS_COPY != 0 {
			if slots > g.long {
				break
			}
			g.long++
		} else if g.long > 0 {
			break
		} else if r.copyFrame(bufs[kept], &frames[kept], status) {
			kept++
		}
		g.release()
		slots++
	}
	if slots > 0 {
		g.taken += uint64(slots)
		g.doubts.since, g.doubts.silent = time.Time{}, 0
	}
	return kept, slots
}

// copyFrame copies the frame of the next slot. It returns false if the frame is left out, which
// it counts.
func (r *Receiver) copyFrame(buf []byte, f *link.Frame, status uint32) bool {
	before := 0
	if r.vnet {
		before = vnetHeaderLen
	}
	h := r.ring.header()
	src := r.ring.frame(before)
	length := len(src) - before
	switch {
	case length == bpf.TaggedLen:
		r.tagged.Add(1)
		return false
	case length < macsLen+2 || length > len(buf)-link.TagLen:
		r.truncated.Add(1)
		return false
	case length < int(h.Len): // a long frame that the queue had no room for
		r.ring.lost.Add(1)
		return false
	}
	f.Data = buf[link.TagLen : link.TagLen+length]
	copy(f.Data, src[before:])
	var grown uint16
	if status&unix.TP_STATUS_VLAN_VALID != 0 {
		f.Data = buf[:link.TagLen+length]
		putTag(f.Data, status, h.Vlan_tci, h.Vlan_tpid)
		grown = link.TagLen
	}
	f.Offload = link.Offload{}
	if r.vnet {
		hdr := vnetHeaderOf(src)
		f.Offload = hdr.offload(grown)
	}
	return true
}

// fromQueue receives the long frames that the ring has announced.
func (r *Receiver) fromQueue(bufs [][]byte, frames []link.Frame) (int, unix.Errno) {
	g := &r.ring
	want := min(g.long, len(bufs))
	r.aim(bufs[:want])
	n, errno := recvmmsg(r.fd, r.msgs[:want], false)
	switch errno {
	case 0:
		g.long -= n
		return r.collect(n, bufs, frames), 0
	case unix.EAGAIN:
		g.lost.Add(uint64(g.long))
		g.long = 0
	case unix.EINVAL:
		r.unreadable.Add(1)
		g.long--
	}
	return 0, errno
}

// awaitSlot waits for the kernel to fill the next slot, and sets the ring up again if it stands
// still. It may return early. failed is the error that the socket has reported, if any, as
// it does when the interface goes down.
func (r *Receiver) awaitSlot() (failed unix.Errno, err error) {
	if err := r.wait(silence); err != nil {
		return 0, err
	}
	d := &r.ring.doubts
	switch events := r.fds[0].Revents; {
	case events&unix.POLLERR != 0:
		code, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR) // which also clears it
		return unix.Errno(code), err
	case r.ring.ready():
		return 0, nil
	case events != 0:
		now := time.Now()
		if d.since.IsZero() {
			d.since = now
		}
		if now.Sub(d.since) < stuck {
			return 0, nil
		}
	default:
		queued, dropped := r.counts.read(r.fd)
		moved := queued+dropped != d.counted
		d.counted = queued + dropped
		if !moved {
			d.silent = 0
			return 0, nil
		}
		if d.silent++; d.silent < silences {
			return 0, nil
		}
	}
	return 0, r.resetRing()
}

// resetRing replaces a ring that stands still, or goes on without if the kernel refuses. The
// socket and its memberships stay.
func (r *Receiver) resetRing() error {
	g := &r.ring
	g.resets.Add(1)
	// No frame is queued meanwhile, so that those lost with the old ring can be counted.
	if err := bpf.Attach(r.fd, bpf.Nothing); err != nil {
		return fmt.Errorf("bond: receive: stop the ring: %w", err)
	}
	err := g.unmap()
	g.ring, r.unmap = nil, nil
	if err == nil {
		err = removeRing(r.fd)
	}
	if err != nil {
		return fmt.Errorf("bond: receive: %w", err)
	}
	r.openRing()
	queued, _ := r.counts.read(r.fd)
	g.lost.Add(queued - g.taken + uint64(g.long)) // the slots of the long ones were taken
	g.taken, g.long, g.doubts = queued, 0, doubts{}
	if err := bpf.Attach(r.fd, bpf.Data); err != nil {
		return fmt.Errorf("bond: receive: start the ring: %w", err)
	}
	return nil
}

// openRing makes the ring. If the kernel refuses, all frames go to the socket's queue.
func (r *Receiver) openRing() {
	ring, err := openRing(r.fd, r.ring.slots)
	if err != nil {
		r.ring.denied.Add(1)
		return
	}
	r.ring.ring = ring
	r.unmap = ring.unmap
}
