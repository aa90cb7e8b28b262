package afpacket

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// A socket or a TAP queue can go to another process by copies of its descriptor. Its memberships,
// filters and queued frames belong to the open file, so they go with it.

// CopyFD returns a copy of a descriptor, which is close-on-exec.
func CopyFD(fd int) (int, error) {
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return -1, fmt.Errorf("copy descriptor: %w", err)
	}
	return copied, nil
}

// CloseFDs closes descriptors.
func CloseFDs(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd) // nothing is written through them
	}
}

// copyFDs returns copies of descriptors, or of none.
func copyFDs(fds ...int) (copies []int, err error) {
	for _, fd := range fds {
		c, err := CopyFD(fd)
		if err != nil {
			CloseFDs(copies)
			return nil, err
		}
		copies = append(copies, c)
	}
	return copies, nil
}

// Hand returns a copy of the descriptor.
func (p *pollFD) Hand() (int, error) {
	if !p.Use() {
		return -1, unix.EBADF
	}
	defer p.Unuse()
	return CopyFD(p.fd)
}

// AdoptTAP returns a paused queue of a device, by a copy of a descriptor that [pollFD.Hand] of
// another process has returned. name is what the interface is called now.
func AdoptTAP(fd int) (t *TAP, name string, err error) {
	req, err := unix.NewIfreq("tap") // the kernel overwrites it
	if err != nil {
		return nil, "", err
	}
	if err := unix.IoctlIfreq(fd, unix.TUNGETIFF, req); err != nil {
		return nil, "", fmt.Errorf("read the name of a TAP device: %w", err)
	}
	if fd, err = CopyFD(fd); err != nil {
		return nil, "", err
	}
	if t, err = NewTAP(fd); err != nil {
		_ = unix.Close(fd)
		return nil, "", err
	}
	t.Pause()
	return t, req.Name(), nil
}

// Sockets describes a [Receiver] and a [Sender] on their way to another process.
type Sockets struct {
	Vnet     bool `json:"vnet"`      // the receiver's frames have virtio-net headers
	SendVnet bool `json:"send_vnet"` // the sender's have
	Bypass   bool `json:"bypass"`

	Slots   int    `json:"slots,omitempty"`  // of the ring that was wanted
	Ring    bool   `json:"ring,omitempty"`   // there is a ring
	At      int    `json:"at,omitempty"`     // its next slot, in octets
	Long    int    `json:"long,omitempty"`   // long frames in the socket's queue
	Taken   uint64 `json:"taken,omitempty"`  // slots that have been read
	Queued  uint64 `json:"queued,omitempty"` // frames that the kernel has counted
	Dropped uint64 `json:"dropped,omitempty"`
}

// Hand returns copies of the descriptors of a paused receiver and its sender, and what describes
// them.
func (r *Receiver) Hand(s *Sender) (Sockets, []int, error) {
	if !r.Use() {
		return Sockets{}, nil, unix.EBADF
	}
	defer r.Unuse()
	h := Sockets{Vnet: r.vnet, SendVnet: s.vnet, Bypass: s.Bypass(), Slots: r.ring.slots}
	if g := &r.ring; g.ring != nil {
		h.Ring, h.At, h.Long, h.Taken = true, g.at, g.long, g.taken
	}
	h.Queued, h.Dropped = r.counts.read(r.fd)
	fds, err := copyFDs(r.fd, s.fd)
	return h, fds, err
}

// AdoptSockets returns a paused receiver and its sender by copies of the two descriptors.
func AdoptSockets(index int32, h Sockets, fds []int) (r *Receiver, s *Sender, err error) {
	if len(fds) != 2 {
		return nil, nil, fmt.Errorf("%d packet sockets, want 2", len(fds))
	}
	if h.Slots < 0 || h.Slots > 1<<20 || h.At < 0 || h.At%slotSize != 0 || h.At >= max(1, h.Slots*slotSize) || h.Long < 0 {
		return nil, nil, fmt.Errorf("receive ring of %d slots, at %d", h.Slots, h.At)
	}
	mine, err := copyFDs(fds...)
	if err != nil {
		return nil, nil, err
	}
	p, err := newPollFD(mine[0])
	if err != nil {
		CloseFDs(mine)
		return nil, nil, err
	}
	p.also = mine[1]
	p.Pause()
	r = &Receiver{pollFD: p, index: index, vnet: h.Vnet}
	r.counts.queued, r.counts.dropped = h.Queued, h.Dropped
	if err := r.adoptRing(&h); err != nil {
		p.Close()
		return nil, nil, err
	}
	r.makeMessages()
	s = &Sender{fd: mine[1], vnet: h.SendVnet}
	s.bypass.Store(h.Bypass)
	return r, s, nil
}

// adoptRing maps the ring that the socket has.
func (r *Receiver) adoptRing(h *Sockets) error {
	g := &r.ring
	g.slots = h.Slots
	if !h.Ring {
		return nil
	}
	mem, err := unix.Mmap(r.fd, 0, h.Slots*slotSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map receive ring: %w", err)
	}
	g.ring = &ring{mem: mem, at: h.At}
	g.long, g.taken = h.Long, h.Taken
	r.unmap = g.ring.unmap
	return nil
}

// The deadlines of a [Control] while it is paused, and otherwise.
var past, never = time.Unix(1, 0), time.Time{}

// Pause makes Read return [link.ErrPaused] until Resume. Frames can still be written.
func (c *Control) Pause() error {
	c.paused.Store(true)
	return c.poll.SetReadDeadline(past)
}

// Resume ends Pause. No Read may be under way.
func (c *Control) Resume() error {
	c.paused.Store(false)
	return c.poll.SetReadDeadline(never)
}

// Hand returns copies of the descriptors.
func (c *Control) Hand() (fds []int, err error) {
	err = c.use("copy slow-protocols sockets", func() (err error) {
		fds, err = copyFDs(c.sockets[:]...)
		return err
	})
	return fds, err
}

// AdoptControl returns a paused Control by copies of the descriptors that [Control.Hand] of another
// process has returned.
func AdoptControl(fds []int) (*Control, error) {
	if len(fds) != controlSockets {
		return nil, fmt.Errorf("%d slow-protocols sockets, want %d", len(fds), controlSockets)
	}
	c, err := newControl(func(i int) (int, error) { return CopyFD(fds[i]) })
	if err != nil {
		return nil, err
	}
	return c, c.Pause()
}
