package ebpf

import (
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

// The programs use what Linux 5.8 has, the first kernel with CAP_BPF.

// allowMemory lifts the limit on locked memory, which maps and programs count against before
// Linux 5.11. If it can't, the kernel refuses what does not fit.
func allowMemory() {
	const version = 5<<16 | 11<<8
	if v, err := features.LinuxVersionCode(); err != nil || v >= version {
		return
	}
	all := &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	_ = unix.Prlimit(0, unix.RLIMIT_MEMLOCK, all, nil) // explain names the capability
}
