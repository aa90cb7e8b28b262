package afpacket

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// Batch is how many frames one system call carries. More is hardly faster, and a raw
	// system call must not block the scheduler for long.
	Batch = 32

	// rawLimit is how many octets a raw system call may move. Larger calls go through the
	// scheduler, which costs little compared with the copying.
	rawLimit = 64 << 10
)

// recvmmsg receives up to len(msgs) messages without waiting.
func recvmmsg(fd int, msgs []unix.Mmsghdr, raw bool) (int, unix.Errno) {
	return mmsg(unix.SYS_RECVMMSG, fd, msgs, raw)
}

// sendmmsg sends messages without waiting and returns how many were sent. If none was sent,
// the error is that of the first.
func sendmmsg(fd int, msgs []unix.Mmsghdr, raw bool) (int, unix.Errno) {
	return mmsg(unix.SYS_SENDMMSG, fd, msgs, raw)
}

func mmsg(number uintptr, fd int, msgs []unix.Mmsghdr, raw bool) (int, unix.Errno) {
	return call(number, fd, unsafe.Pointer(unsafe.SliceData(msgs)), len(msgs), unix.MSG_DONTWAIT, raw)
}

// call makes a system call with a descriptor and the data at p. It uses package syscall, whose
// calls reach the kernel through fewer functions than those of package unix. The difference is
// a measurable part of a frame's time.
func call(number uintptr, fd int, p unsafe.Pointer, n int, flags uintptr, raw bool) (int, unix.Errno) {
	var r uintptr
	var errno unix.Errno
	if raw {
		r, _, errno = syscall.RawSyscall6(number, uintptr(fd), uintptr(p), uintptr(n), flags, 0, 0)
	} else {
		r, _, errno = syscall.Syscall6(number, uintptr(fd), uintptr(p), uintptr(n), flags, 0, 0)
	}
	if errno != 0 {
		return 0, errno
	}
	return int(r), 0
}

// auxSpace is the room for one PACKET_AUXDATA control message.
const auxSpace = (unix.SizeofCmsghdr+unix.SizeofPtr-1)&^(unix.SizeofPtr-1) + 24

// auxBuffer has the alignment of control messages.
type auxBuffer struct {
	_ [0]uint64
	b [auxSpace]byte
}

// auxData finds the packet socket's auxiliary data among a message's controls.
func (a *auxBuffer) auxData(length int) *unix.TpacketAuxdata {
	const size = int(unsafe.Sizeof(unix.TpacketAuxdata{}))
	const at = (unix.SizeofCmsghdr + unix.SizeofPtr - 1) &^ (unix.SizeofPtr - 1)
	if length < at+size {
		return nil
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&a.b))
	if h.Level != unix.SOL_PACKET || h.Type != unix.PACKET_AUXDATA {
		return nil
	}
	return (*unix.TpacketAuxdata)(unsafe.Pointer(&a.b[at]))
}
