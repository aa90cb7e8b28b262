package ebpf

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/internal/netlab"
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

// TestRights makes the maps and loads every program with CAP_NET_ADMIN and CAP_BPF alone.
func TestRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to choose capabilities")
	}
	var plans []*plane.Plan
	for _, policy := range offered {
		plans = append(plans, testPlan(t, policy, 2))
	}
	for _, s := range []plane.Spread{plane.SpreadInTurn, plane.SpreadCopies, plane.SpreadAtRandom} {
		p := testPlan(t, hash.Layer2, 2)
		p.Spread = s
		plans = append(plans, p)
	}
	for _, p := range plans {
		try := func() error { return loadAll(p) }
		if err := withRights(t, try, unix.CAP_NET_ADMIN, unix.CAP_BPF); err != nil {
			t.Errorf("%v, %v: with CAP_NET_ADMIN and CAP_BPF: %v", p.Spread, p.Hash.Policy(), err)
		}
		if err := withRights(t, try, unix.CAP_NET_ADMIN); !errors.Is(err, os.ErrPermission) {
			t.Errorf("%v, %v: with CAP_NET_ADMIN alone: error %v, want %v", p.Spread, p.Hash.Policy(), err, os.ErrPermission)
		}
	}
}

// loadAll makes the maps and loads the programs of a plan.
func loadAll(p *plane.Plan) error {
	m, err := newMaps()
	if err != nil {
		return err
	}
	tx, err := m.transmitCode(p, DefaultPause)
	if err != nil {
		return errors.Join(err, m.close())
	}
	for _, c := range []code{tx, m.receiveCode(1)} {
		prog, err := load("test_rights", c)
		if err != nil {
			return errors.Join(err, m.close())
		}
		if err := prog.Close(); err != nil {
			return errors.Join(err, m.close())
		}
	}
	return m.close()
}

func TestCheckGivesTheReason(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to choose capabilities")
	}
	ns := netlab.New(t)
	for _, onlyFilters := range []bool{false, true} {
		try := func() error {
			return ns.Do(func() error {
				return withRights(t, func() error { return check(onlyFilters) }, unix.CAP_NET_ADMIN, unix.CAP_BPF)
			})
		}
		if err := try(); err != nil {
			t.Errorf("only filters: %v; with CAP_NET_ADMIN and CAP_BPF: %v", onlyFilters, err)
		}
	}
	if out := ns.Run(t, "tc", "qdisc", "show", "dev", "lo"); strings.Contains(out, "clsact") {
		t.Errorf("left at the loopback interface:\n%s", out)
	}
	for _, c := range []int{unix.CAP_NET_ADMIN, unix.CAP_BPF} {
		err := withRights(t, Check, c)
		if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "needs CAP_NET_ADMIN and CAP_BPF") {
			t.Errorf("with capability %d alone: error %v, want the capabilities that are missing", c, err)
		}
	}
}
