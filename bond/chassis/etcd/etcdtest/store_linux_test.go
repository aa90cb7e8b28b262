package etcdtest

import (
	"errors"
	"net"
	"os/exec"
	"testing"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/bond/chassis/etcd"
)

// conform runs the tests of a store over a cluster.
func conform(t *testing.T, c *cluster) {
	t.Helper()
	chassistest.TestStore(t, func() chassis.Store {
		s, err := etcd.Open(t.Context(), etcd.Config{Endpoints: c.endpoints(), Group: group})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestStoreConforms(t *testing.T) {
	t.Parallel()
	conform(t, start(t, setup{members: 1}))
}

// distribution returns the program etcd of the distribution, or skips the test.
func distribution(t *testing.T) (program string) {
	t.Helper()
	program, err := exec.LookPath("etcd")
	if err != nil {
		t.Skipf("needs the program etcd, as from Debian's package etcd-server: %v", err)
	}
	version, err := exec.Command(program, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %s", program, version)
	return program
}

// A distribution's etcd may be much older than the client.
func TestStoreConformsWithAnotherEtcd(t *testing.T) {
	t.Parallel()
	conform(t, start(t, setup{members: 1, program: distribution(t)}))
}

// Two groups in one cluster do not see each other, however they are named.
func TestGroupsAreSeparate(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	for _, name := range []string{group, "nas1/lag", "nas", "Nas1", "ñ", "..", "%2F"} {
		s := openStore(t, etcd.Config{Endpoints: c.endpoints(), Group: name})
		if v, _ := do(t, s, chassis.Op{}); v.Active != "" {
			t.Errorf("group %q: active is %q before the first claim, want none", name, v.Active)
		}
		if v, held := do(t, s, chassis.Op{Kind: chassis.OpClaim, Chassis: chassis.ID(name)}); !held || v.Active != chassis.ID(name) {
			t.Errorf("group %q: claim held %v, active is %q, want %q", name, held, v.Active, name)
		}
		if err := s.Publish(t.Context(), "a/b", lag, []byte("text")); err != nil {
			t.Errorf("group %q: %v", name, err)
		}
		if all, err := s.Published(t.Context(), lag); err != nil || len(all) != 1 || string(all["a/b"]) != "text" {
			t.Errorf("group %q: published is %q, %v, want text of a/b", name, all, err)
		}
	}
}

// Reads of many LAGs at the same time share few requests, and each gets the view of its LAG.
func TestReadsShareRequests(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s := c.open()
	const lags = 100
	name := func(i int) string { return "lag" + string(rune('A'+i/10)) + string(rune('0'+i%10)) }
	for i := range lags {
		id := chassis.ID(name(i))
		if v, held := doAt(t, s, name(i), chassis.Op{Kind: chassis.OpClaim, Chassis: id}); !held {
			t.Fatalf("claim of %s: %+v, not held", name(i), v)
		}
	}
	before := s.Status().Members[0].Requests
	type result struct {
		lag string
		v   chassis.View
		err error
	}
	results := make(chan result)
	for i := range lags {
		go func() {
			v, _, err := s.Do(t.Context(), name(i), chassis.Op{})
			results <- result{name(i), v, err}
		}()
	}
	for range lags {
		if r := <-results; r.err != nil || r.v.Active != chassis.ID(r.lag) {
			t.Errorf("read of %s: active is %q, %v", r.lag, r.v.Active, r.err)
		}
	}
	if n := s.Status().Members[0].Requests - before; n > lags/2 {
		t.Errorf("%d reads at the same time made %d requests, want at most half", lags, n)
	}
}

// A read by one member shows what was written by another just before, although that member was not
// running then and finds the read and the news at the same time.
func TestReadsAreNotOld(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 3})
	servers := c.leaderFirst()
	a, b := c.open(servers[0].client), c.open(servers[1].client)
	v, _ := do(t, a, chassis.Op{})
	do(t, b, chassis.Op{})
	type read struct {
		v   chassis.View
		err error
	}
	for i := range 20 {
		servers[1].stop()
		v, _ = do(t, a, chassis.Op{Kind: chassis.OpRelease, To: "A", Epoch: v.Epoch})
		before, answer := b.Status().Members[0].Requests, make(chan read)
		go func() {
			v, _, err := b.Do(t.Context(), lag, chassis.Op{})
			answer <- read{v, err}
		}()
		await(t, "the read is sent", func() bool { return b.Status().Members[0].Requests > before })
		servers[1].proceed()
		if got := <-answer; got.err != nil || got.v != v {
			t.Fatalf("read %d: %+v, %v, want %+v", i, got.v, got.err, v)
		}
	}
}

// What a chassis has published is gone when it has left, and not only when its lease ends.
func TestCloseWithdraws(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s, other := c.open(), c.open()
	publish(t, s, "A", "text")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if all, err := other.Published(t.Context(), lag); err != nil || len(all) != 0 {
		t.Errorf("published after Close: %q, %v, want nothing", all, err)
	}
}

func TestCloseEndsRequests(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s := c.open()
	publish(t, s, "A", "text") // Close tries to withdraw it
	c.servers[0].stop()
	defer c.servers[0].proceed()
	done := make(chan error)
	go func() {
		_, _, err := s.Do(t.Context(), lag, chassis.Op{})
		done <- err
	}()
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if err := <-done; err == nil {
		t.Error("a read that a hung member does not answer returned no error after Close")
	}
	if err := s.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("second Close() = %v, want %v", err, net.ErrClosed)
	}
	if _, _, err := s.Do(t.Context(), lag, chassis.Op{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Do after Close: %v, want %v", err, net.ErrClosed)
	}
}
