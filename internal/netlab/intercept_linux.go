package netlab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A test can control the system calls of a process. The process asks the test before each
// call, and the test lets the call happen, makes it fail, or kills the process. The process
// calls Intercept, and writes the returned number to its standard output.

// intercepted are the system calls that change or fetch something.
var intercepted = []uint32{
	unix.SYS_OPENAT, unix.SYS_WRITE, unix.SYS_RENAMEAT2, unix.SYS_UNLINKAT, unix.SYS_FLOCK, unix.SYS_IOCTL,
	unix.SYS_SOCKET, unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_CONNECT, unix.SYS_SETSOCKOPT, unix.SYS_GETSOCKOPT,
	unix.SYS_SENDMSG, unix.SYS_RECVMSG, unix.SYS_SENDTO, unix.SYS_RECVFROM,
}

const (
	dataNr, dataArg0, dataArg2 = 0, 16, 32 // offsets in struct seccomp_data
	wakeLength                 = 8         // octets that the runtime writes to wake its poller
)

// Intercept makes every thread of the calling process ask before system calls. It returns the
// number of the descriptor for [Supervise]; the first calls wait for Supervise.
func Intercept() (fd int, err error) {
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	jump := func(code uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | code, Jt: yes, Jf: no, K: k}
	}
	ret := func(value uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: value}
	}
	program := []unix.SockFilter{
		load(dataNr),
		jump(unix.BPF_JEQ, unix.SYS_WRITE, 0, 6), // other calls: past the second load of the number
		// Messages to the test, and wake-ups that the runtime writes to itself, pass.
		load(dataArg0),
		jump(unix.BPF_JGT, 2, 0, 2), // standard output: jump to the return
		load(dataArg2),
		jump(unix.BPF_JEQ, wakeLength, 0, 1),
		ret(unix.SECCOMP_RET_ALLOW),
		load(dataNr),
	}
	for _, nr := range intercepted {
		program = append(program, jump(unix.BPF_JEQ, nr, 0, 1), ret(unix.SECCOMP_RET_USER_NOTIF))
	}
	program = append(program, ret(unix.SECCOMP_RET_ALLOW))
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_TSYNC |
		unix.SECCOMP_FILTER_FLAG_TSYNC_ESRCH | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	r, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return -1, os.NewSyscallError("seccomp", errno)
	}
	return int(r), nil
}

// notification is struct seccomp_notif.
type notification struct {
	id         uint64
	pid, flags uint32
	nr         int32
	arch       uint32
	ip         uint64
	args       [6]uint64
}

// verdict is struct seccomp_notif_resp.
type verdict struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

// Supervise controls the system calls of a process that has called Intercept. For call n, from
// 1, decide returns 0 to let it happen, or the error that it fails with. decide may kill the
// process. Supervise returns the number of calls once the process has ended.
func Supervise(t testing.TB, cmd *exec.Cmd, fd int, decide func(n int) unix.Errno) (calls int) {
	t.Helper()
	pidfd, err := unix.PidfdOpen(cmd.Process.Pid, 0)
	if err != nil {
		t.Fatalf("pidfd_open: %v", err)
	}
	defer unix.Close(pidfd)
	listener, err := unix.PidfdGetfd(pidfd, fd, 0)
	if err != nil {
		t.Fatalf("pidfd_getfd: %v", err)
	}
	defer unix.Close(listener)
	for {
		fds := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			t.Fatalf("poll: %v", err)
		}
		if fds[0].Revents&unix.POLLIN == 0 {
			if fds[0].Revents != 0 {
				return calls
			}
			continue
		}
		var n notification
		if err := seccompIoctl(listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)); err != nil {
			continue // the thread is gone
		}
		calls++
		answer := verdict{id: n.id}
		if errno := decide(calls); errno != 0 {
			answer.errno = -int32(errno)
		} else {
			answer.flags = unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE
		}
		_ = seccompIoctl(listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&answer)) // the thread may be gone
	}
}

func seccompIoctl(fd int, request uintptr, arg unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg)); errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}
