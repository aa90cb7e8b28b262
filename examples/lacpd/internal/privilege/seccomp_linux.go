package privilege

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// deniedCalls are calls that change the host or another process, or load code. lacpd makes
// none of them. deniedHere has those of this architecture alone.
var deniedCalls = []uint32{
	unix.SYS_ACCT, unix.SYS_ADD_KEY, unix.SYS_ADJTIMEX, unix.SYS_CHROOT, unix.SYS_CLOCK_ADJTIME, unix.SYS_CLOCK_SETTIME,
	unix.SYS_DELETE_MODULE, unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_FANOTIFY_INIT, unix.SYS_FINIT_MODULE,
	unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSOPEN, unix.SYS_FSPICK, unix.SYS_INIT_MODULE,
	unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER, unix.SYS_IO_URING_SETUP, unix.SYS_KCMP, unix.SYS_KEXEC_LOAD,
	unix.SYS_KEYCTL, unix.SYS_MOUNT, unix.SYS_MOUNT_SETATTR, unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE,
	unix.SYS_PERF_EVENT_OPEN, unix.SYS_PERSONALITY, unix.SYS_PIDFD_GETFD, unix.SYS_PIVOT_ROOT,
	unix.SYS_PROCESS_MADVISE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PTRACE, unix.SYS_QUOTACTL,
	unix.SYS_REBOOT, unix.SYS_REQUEST_KEY, unix.SYS_SETDOMAINNAME, unix.SYS_SETHOSTNAME, unix.SYS_SETNS,
	unix.SYS_SETTIMEOFDAY, unix.SYS_SWAPOFF, unix.SYS_SWAPON, unix.SYS_SYSLOG, unix.SYS_UMOUNT2, unix.SYS_UNSHARE,
	unix.SYS_USERFAULTFD, unix.SYS_VHANGUP,
}

// architectures maps GOARCH to the kernel's number of its system call table.
var architectures = map[string]uint32{
	"386": unix.AUDIT_ARCH_I386, "amd64": unix.AUDIT_ARCH_X86_64,
	"arm": unix.AUDIT_ARCH_ARM, "arm64": unix.AUDIT_ARCH_AARCH64,
	"mips": unix.AUDIT_ARCH_MIPS, "mipsle": unix.AUDIT_ARCH_MIPSEL,
	"mips64": unix.AUDIT_ARCH_MIPS64, "mips64le": unix.AUDIT_ARCH_MIPSEL64,
	"ppc64le": unix.AUDIT_ARCH_PPC64LE, "riscv64": unix.AUDIT_ARCH_RISCV64, "s390x": unix.AUDIT_ARCH_S390X,
}

// x32Calls is where the second table of amd64 begins, whose calls have the same
// architecture number.
const x32Calls = 0x40000000

// restrictCalls denies deniedCalls and deniedHere, and the call bpf unless the process needs
// it.
func (r *Report) restrictCalls(bpfToo bool) error {
	arch, ok := architectures[runtime.GOARCH]
	if !ok {
		r.Missing = append(r.Missing, missing("seccomp", errors.New("lacpd has no filter for "+runtime.GOARCH)))
		return nil
	}
	denied := append(deniedCalls[:len(deniedCalls):len(deniedCalls)], deniedHere...)
	if !bpfToo {
		denied = append(denied, unix.SYS_BPF)
	}
	filter, err := bpf.Assemble(filterOf(arch, denied))
	if err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: (*unix.SockFilter)(unsafe.Pointer(&filter[0]))}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program)))
	switch {
	case errno == unix.ENOSYS || errno == unix.EINVAL:
		r.Missing = append(r.Missing, missing("seccomp", errno))
		return nil
	case errno != 0:
		return errno
	case thread != 0:
		return fmt.Errorf("thread %d has a filter of its own", thread)
	}
	r.Seccomp = true
	return nil
}

// The offsets in struct seccomp_data of seccomp(2).
const (
	callOffset = 0
	archOffset = 4
)

// filterOf returns a program that answers the denied calls with EPERM and all calls of other
// tables with ENOSYS. It allows the rest.
func filterOf(arch uint32, denied []uint32) []bpf.Instruction {
	answer := func(err unix.Errno) bpf.Instruction {
		return bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(err)}
	}
	p := []bpf.Instruction{
		bpf.LoadAbsolute{Off: archOffset, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: arch, SkipTrue: 1},
		answer(unix.ENOSYS),
		bpf.LoadAbsolute{Off: callOffset, Size: 4},
	}
	if arch == unix.AUDIT_ARCH_X86_64 {
		p = append(p, bpf.JumpIf{Cond: bpf.JumpLessThan, Val: x32Calls, SkipTrue: 1}, answer(unix.ENOSYS))
	}
	for i, call := range denied {
		p = append(p, bpf.JumpIf{Cond: bpf.JumpEqual, Val: call, SkipTrue: uint8(len(denied) - i)})
	}
	return append(p, bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}, answer(unix.EPERM))
}

// missing returns the error for a limit that the kernel lacks.
func missing(limit string, why error) error {
	return fmt.Errorf("%s: not in this kernel: %w", limit, why)
}
