package afpacket

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// RingSlots is the number of slots of a receive ring. They take 4 MiB.
	RingSlots = 2048

	// slotSize is the size of a slot in octets: room for the frames of an MTU of 1500 with
	// their tags and the kernel's header. Longer frames arrive in the socket's queue.
	slotSize = 2048

	// ringBlock is the size of the pieces that the kernel allocates. It is a multiple of every
	// page size.
	ringBlock = 64 << 10
)

// ring is a TPACKET_V2 receive ring: memory that the kernel writes frames into, mapped into
// this process. Each slot holds one frame after a header. Its status word says who owns the
// slot, and only its owner touches the rest.
type ring struct {
	mem []byte
	at  int // offset of the slot that the kernel fills next
}

// openRing gives a packet socket a ring. If that fails, the socket queues its frames as before.
func openRing(fd, slots int) (*ring, error) {
	// The kernel and the process may see different data where caches go by virtual address.
	if strings.HasPrefix(runtime.GOARCH, "mips") || runtime.GOARCH == "arm" {
		return nil, fmt.Errorf("receive ring on %s: %w", runtime.GOARCH, errors.ErrUnsupported)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2); err != nil {
		return nil, fmt.Errorf("set version of receive ring: %w", err)
	}
	// Long frames go to the socket's queue too.
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_COPY_THRESH, 1); err != nil {
		return nil, fmt.Errorf("have long frames queued: %w", err)
	}
	size := slots * slotSize
	req := unix.TpacketReq{
		Block_size: ringBlock, Block_nr: uint32(size / ringBlock),
		Frame_size: slotSize, Frame_nr: uint32(slots),
	}
	if err := unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return nil, fmt.Errorf("make receive ring: %w", err)
	}
	mem, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("map receive ring: %w", err), removeRing(fd))
	}
	return &ring{mem: mem}, nil
}

// unmap gives the mapping back, after which the socket can be closed.
func (g *ring) unmap() error {
	if err := unix.Munmap(g.mem); err != nil {
		return fmt.Errorf("unmap receive ring: %w", err)
	}
	return nil
}

// removeRing makes the socket queue its frames again. The frames in the ring and in the queue
// are lost.
func removeRing(fd int) error {
	if err := unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq{}); err != nil {
		return fmt.Errorf("remove receive ring: %w", err)
	}
	return nil
}

// header returns the header of the next slot. Only its status may be read, by status, unless
// the slot is ours.
func (g *ring) header() *unix.Tpacket2Hdr {
	return (*unix.Tpacket2Hdr)(unsafe.Pointer(&g.mem[g.at]))
}

// status returns the status of the next slot. TP_STATUS_USER in it means that the slot is ours.
func (g *ring) status() uint32 { return atomic.LoadUint32(&g.header().Status) }

// ready reports whether the next slot has a frame.
func (g *ring) ready() bool { return g.status()&unix.TP_STATUS_USER != 0 }

// frame returns the part of the next slot, which must be ours, from before octets in front of
// the frame to its end; nil if the header does not describe that.
func (g *ring) frame(before int) []byte {
	h := g.header()
	start, length := int(h.Mac)-before, int(h.Snaplen)
	if start < int(unsafe.Sizeof(*h)) || length > slotSize || int(h.Mac)+length > slotSize {
		return nil
	}
	return g.mem[g.at+start : g.at+int(h.Mac)+length]
}

// release hands the next slot, which must be ours, to the kernel and goes on to the one after.
func (g *ring) release() {
	atomic.StoreUint32(&g.header().Status, unix.TP_STATUS_KERNEL)
	if g.at += slotSize; g.at == len(g.mem) {
		g.at = 0
	}
}
