package ebpf

import (
	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"
)

// The programs use what Linux 5.8 has, the first kernel with CAP_BPF, but for what is here.

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

// monotonic returns the helper that reads CLOCK_MONOTONIC: the coarse clock, which Linux has from
// 5.11 on, steps once a tick but takes a tenth of the time to read.
func monotonic() asm.BuiltinFunc {
	if features.HaveProgramHelper(ebpf.SchedCLS, asm.FnKtimeGetCoarseNs) == nil {
		return asm.FnKtimeGetCoarseNs
	}
	return asm.FnKtimeGetNs
}
