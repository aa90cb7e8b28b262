package privilege

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
	libcap "kernel.org/pub/linux/libs/security/libcap/cap"
)

// Drop limits the process, once and for all, in all its threads. Landlock and seccomp are
// left out where the kernel lacks them, and the report says so. After an error, some of
// the limits may hold.
func Drop(l Limits) (Report, error) {
	r := Report{}
	if err := r.dropCapabilities(l); err != nil {
		return r, fmt.Errorf("give up capabilities: %w", err)
	}
	if _, err := libcap.Prctlw(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return r, fmt.Errorf("forbid new privileges: %w", err)
	}
	if l.Open {
		r.Missing = append(r.Missing, fmt.Errorf("landlock and seccomp: %w", errOpen))
		return r, nil
	}
	if err := r.restrictFiles(l); err != nil {
		return r, fmt.Errorf("restrict files with Landlock: %w", err)
	}
	if err := r.restrictCalls(l.BPF); err != nil {
		return r, fmt.Errorf("restrict system calls with seccomp: %w", err)
	}
	return r, nil
}

// dropCapabilities keeps those of the network, and CAP_BPF if l.BPF. It keeps none that the
// process did not have.
func (r *Report) dropCapabilities(l Limits) error {
	have := libcap.GetProc()
	wanted := []libcap.Value{libcap.NET_ADMIN}
	if !l.NoRaw {
		wanted = append(wanted, libcap.NET_RAW)
	}
	if l.BPF {
		wanted = append(wanted, libcap.BPF)
	}
	keep := libcap.NewSet()
	kept := make(map[libcap.Value]bool)
	for _, c := range wanted {
		if ok, err := have.GetFlag(libcap.Permitted, c); err != nil || !ok {
			continue // a kernel without CAP_BPF, or a process that never had it
		}
		if err := errors.Join(keep.SetFlag(libcap.Permitted, true, c), keep.SetFlag(libcap.Effective, true, c)); err != nil {
			return err
		}
		kept[c] = true
		r.Capabilities = append(r.Capabilities, nameOf(c))
	}
	// The bounding set can only be changed as long as CAP_SETPCAP is there.
	if ok, err := have.GetFlag(libcap.Effective, libcap.SETPCAP); err == nil && ok {
		for c := range libcap.MaxBits() {
			if !kept[c] {
				if err := libcap.DropBound(c); err != nil {
					return err
				}
			}
		}
	}
	// A kernel before 4.3 has no ambient set.
	if err := libcap.ResetAmbient(); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	r.Bounded = bounded(kept)
	return keep.SetProc()
}

// bounded reports whether the bounding set has no capabilities but these.
func bounded(kept map[libcap.Value]bool) bool {
	for c := range libcap.MaxBits() {
		if on, err := libcap.GetBound(c); err != nil || on && !kept[c] {
			return false
		}
	}
	return true
}

// nameOf returns the name of a capability as in capabilities(7).
func nameOf(c libcap.Value) string {
	switch c {
	case libcap.NET_ADMIN:
		return "CAP_NET_ADMIN"
	case libcap.NET_RAW:
		return "CAP_NET_RAW"
	case libcap.BPF:
		return "CAP_BPF"
	}
	return c.String()
}
