package ebpf

import (
	"errors"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// withRights runs fn on a thread that has only the given capabilities, which ends afterwards.
func withRights(t *testing.T, fn func() error, capabilities ...int) error {
	t.Helper()
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread does not end. While it is locked another one is chosen.
			defer runtime.UnlockOSThread()
			result <- withRights(t, fn, capabilities...)
			return
		}
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		for _, c := range capabilities {
			data[c/32].Effective |= 1 << (c % 32)
			data[c/32].Permitted |= 1 << (c % 32)
		}
		if err := unix.Capset(&header, &data[0]); err != nil {
			result <- err
			return
		}
		result <- fn()
	}()
	return <-result
}

// TestRights loads every program with CAP_NET_ADMIN and CAP_BPF alone.
func TestRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to choose capabilities")
	}
	eachProgram(t, func(t *testing.T, p hashProgram) {
		function, err := hashCode(p.Hasher)
		if err != nil {
			t.Fatal(err)
		}
		try := func() error {
			prog, err := load("test_rights", join(callHash, function))
			if err == nil {
				err = prog.Close()
			}
			return err
		}
		if err := withRights(t, try, unix.CAP_NET_ADMIN, unix.CAP_BPF); err != nil {
			t.Errorf("with CAP_NET_ADMIN and CAP_BPF: %v", err)
		}
		if err := withRights(t, try, unix.CAP_NET_ADMIN); !errors.Is(err, os.ErrPermission) {
			t.Errorf("with CAP_NET_ADMIN alone: error %v, want %v", err, os.ErrPermission)
		}
	})
}
