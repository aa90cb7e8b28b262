package afpacket

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// TAPConfig describes the device that [OpenTAP] makes.
type TAPConfig struct {
	Name       string
	MultiQueue bool // more queues can be opened
	NoOffload  bool // its reader takes only finished frames that fit the MTU
	NoCarrier  bool // it has no carrier at first (Linux 6.0 and later; earlier kernels ignore it)
}

// OpenTAP makes a TAP device or, if first is false, another queue of it, and declares the
// offloads that its reader supports. The error is EBUSY or EEXIST if an interface of another
// kind or, if first is true, any interface has the name.
func OpenTAP(cfg TAPConfig, first bool) (fd int, err error) {
	fd, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.EACCES): // opening it takes no capability, attaching to a device does
		return -1, fmt.Errorf("open /dev/net/tun: %w: this user has to read and write it, as udev's mode 0666 allows", err)
	case err != nil:
		return -1, fmt.Errorf("open /dev/net/tun: %w", err)
	}
	defer func() {
		if err != nil {
			_ = unix.Close(fd)
		}
	}()
	req, err := unix.NewIfreq(cfg.Name)
	if err != nil {
		return -1, err
	}
	flags := unix.IFF_TAP | unix.IFF_NO_PI | unix.IFF_VNET_HDR
	if first {
		flags |= unix.IFF_TUN_EXCL
	}
	if cfg.MultiQueue {
		flags |= unix.IFF_MULTI_QUEUE
	}
	if cfg.NoCarrier {
		flags |= unix.IFF_NO_CARRIER
	}
	req.SetUint16(uint16(flags))
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
		return -1, fmt.Errorf("make TAP device: %w", err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TUNSETVNETHDRSZ, vnetHeaderLen); err != nil {
		return -1, fmt.Errorf("set header length: %w", err)
	}
	if err := setOffload(fd, !cfg.NoOffload); err != nil {
		return -1, fmt.Errorf("set offloads: %w", err)
	}
	return fd, nil
}

// setOffload declares whether the reader takes large segments and unfinished checksums.
func setOffload(fd int, on bool) error {
	const tcp = unix.TUN_F_CSUM | unix.TUN_F_TSO4 | unix.TUN_F_TSO6 | unix.TUN_F_TSO_ECN
	offload := func(bits int) error { return unix.IoctlSetInt(fd, unix.TUNSETOFFLOAD, bits) }
	if !on {
		return offload(0)
	}
	if offload(tcp|unix.TUN_F_USO4|unix.TUN_F_USO6) == nil { // Linux 6.2 and later
		return nil
	}
	return offload(tcp)
}

// TAP reads and writes a TAP device, one frame per system call: the kernel has no call for
// several.
type TAP struct {
	*pollFD
	last int // octets of the last frame read
}

// NewTAP returns the queue that [OpenTAP] has opened.
func NewTAP(fd int) (*TAP, error) {
	p, err := newPollFD(fd)
	if err != nil {
		return nil, err
	}
	return &TAP{pollFD: p}, nil
}

// SetOffload declares, for all queues, whether their readers take large segments and
// unfinished checksums.
func (t *TAP) SetOffload(on bool) error { return setOffload(t.fd, on) }

// SetCarrier sets the interface's carrier.
func (t *TAP) SetCarrier(up bool) error {
	return unix.IoctlSetPointerInt(t.fd, unix.TUNSETCARRIER, oneIf(up))
}

// SetOwner sets the user who may open the interface without further rights.
func (t *TAP) SetOwner(uid int) error { return unix.IoctlSetInt(t.fd, unix.TUNSETOWNER, uid) }

// SetPersistent sets whether the interface stays after the last queue is closed.
func (t *TAP) SetPersistent(on bool) error {
	return unix.IoctlSetInt(t.fd, unix.TUNSETPERSIST, oneIf(on))
}

func oneIf(on bool) int {
	if on {
		return 1
	}
	return 0
}

// largeFrame is the least length where a plain system call is as fast as a raw one.
const largeFrame = 16 << 10

// Read waits for a frame, then also takes the other frames that are there. A frame's header
// comes first in its buffer: reading into one place costs the kernel less than reading into
// two.
func (t *TAP) Read(bufs [][]byte, frames []link.Frame) (int, error) {
	if !t.Use() {
		return 0, net.ErrClosed
	}
	defer t.Unuse()
	if err := t.ended(); err != nil {
		return 0, err
	}
	n, total := 0, 0
	for n < min(len(bufs), len(frames), Batch) && total < rawLimit {
		buf := bufs[n]
		if len(buf) <= vnetHeaderLen {
			return n, fmt.Errorf("bond: read buffer of %d octets; at least %d are needed", len(buf), vnetHeaderLen+1)
		}
		got, errno := call(unix.SYS_READ, t.fd, unsafe.Pointer(&buf[0]), len(buf), 0, t.last < largeFrame)
		switch {
		case errno == unix.EAGAIN && n > 0:
			return n, nil
		case errno == unix.EAGAIN:
			if err := t.wait(0); err != nil {
				return 0, err
			}
		case errno == unix.EINTR:
		case errno != 0:
			if n > 0 {
				return n, nil // the next call gets the error again
			}
			return 0, fmt.Errorf("bond: read from device: %w", errno)
		case got <= vnetHeaderLen || got == len(buf):
			// The frame may have been too long for the buffer. It is dropped.
		default:
			t.last = got
			total += got
			hdr := vnetHeaderOf(buf)
			frames[n] = link.Frame{Data: buf[vnetHeaderLen:got], Offload: hdr.offload(0)}
			n++
		}
	}
	return n, nil
}

// tapWrite holds the data for one write. It is reused.
type tapWrite struct {
	iov [2]unix.Iovec
	hdr vnetHeader
}

var tapWrites = sync.Pool{New: func() any {
	w := new(tapWrite)
	w.iov[0].Base = (*byte)(unsafe.Pointer(&w.hdr))
	w.iov[0].SetLen(vnetHeaderLen)
	return w
}}

// Write sends frames to the host.
func (t *TAP) Write(frames []link.Frame) (int, error) {
	if !t.Use() {
		return 0, net.ErrClosed
	}
	defer t.Unuse()
	w := tapWrites.Get().(*tapWrite)
	defer tapWrites.Put(w)
	for i := 0; i < len(frames); {
		f := &frames[i]
		if len(f.Data) == 0 {
			return i, unix.EINVAL
		}
		w.hdr.set(&f.Offload)
		w.iov[1].Base = &f.Data[0]
		w.iov[1].SetLen(len(f.Data))
		_, errno := call(unix.SYS_WRITEV, t.fd, unsafe.Pointer(&w.iov), len(w.iov), 0, len(f.Data) < largeFrame)
		switch errno {
		case 0:
			i++
		case unix.EINTR:
		default:
			return i, errno
		}
	}
	return len(frames), nil
}
