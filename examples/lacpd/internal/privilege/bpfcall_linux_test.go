package privilege

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// bpfCall makes the system call bpf and returns a descriptor.
func bpfCall(command uintptr, attr *[18]uint32) (int, error) {
	fd, _, errno := unix.Syscall(unix.SYS_BPF, command, uintptr(unsafe.Pointer(attr)), unsafe.Sizeof(*attr))
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}
