package etcdtest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

// leaderFirst returns the members with the leader first.
func (c *cluster) leaderFirst() []*server {
	c.t.Helper()
	leader := c.leader()
	rest := slices.DeleteFunc(slices.Clone(c.servers), func(s *server) bool { return s == leader })
	return append([]*server{leader}, rest...)
}

func urls(servers []*server) (urls []string) {
	for _, s := range servers {
		urls = append(urls, s.client)
	}
	return urls
}

// The leader of the cluster dies, which was the first to be asked. The store answers again after the
// election, with the same facts.
func TestLeaderDies(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 3})
	servers := c.leaderFirst()
	s := c.open(urls(servers)...)
	before, held := do(t, s, chassis.Op{Kind: chassis.OpClaim, Chassis: "A", Members: 7})
	if !held {
		t.Fatalf("claim of an empty store: %+v, not held", before)
	}
	servers[0].kill()
	began, failed := time.Now(), 0
	var v chassis.View
	await(t, "a read is answered after the leader has died", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var err error
		if v, _, err = s.Do(ctx, lag, chassis.Op{}); err != nil {
			failed++
		}
		return err == nil
	})
	t.Logf("answered %v after the death, %d errors before", time.Since(began).Round(time.Millisecond), failed)
	if v != before {
		t.Errorf("view after the death of the leader: %+v, want %+v", v, before)
	}
	await(t, "status shows that 2 of 3 members answer", func() bool {
		st := s.Status()
		return st.Answering() == 2 && !st.Members[0].Answers && st.Members[0].Err != nil
	})
	servers[0].start()
	await(t, "status shows that the member is back", func() bool { st := s.Status(); return st.Answering() == 3 })
}

// A member hangs, with its connections open. That costs a request or two, then it is not asked until it
// goes on, and hints come from another one.
func TestMemberHangs(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 3})
	servers := c.leaderFirst()
	slices.Reverse(servers) // one that does not lead is asked first
	s, other := c.open(urls(servers)...), c.open(servers[1].client)
	v, _ := do(t, s, chassis.Op{Kind: chassis.OpClaim, Chassis: "A"})
	await(t, "the store watches", func() bool { return s.Status().Watching })
	servers[0].stop()
	defer servers[0].proceed()
	for range 5 {
		if got, _ := do(t, s, chassis.Op{}); got != v {
			t.Fatalf("read while a member hangs: %+v, want %+v", got, v)
		}
	}
	await(t, "status shows that the member hangs", func() bool { return !s.Status().Members[0].Answers })
	before := s.Status().Members[0].Requests
	for range 20 {
		do(t, s, chassis.Op{})
	}
	// A member that is slow on a loaded machine makes the store ask all of them.
	if n := s.Status().Members[0].Requests - before; n > 5 {
		t.Errorf("a member that hangs was asked for %d of 20 reads, want at most 5", n)
	}
	await(t, "the store watches by another member", func() bool { return s.Status().Watching })
	drain(s)
	if _, held := do(t, other, chassis.Op{Kind: chassis.OpIntent, Chassis: "B", Epoch: v.Epoch}); !held {
		t.Fatal("intent not held")
	}
	awaitHint(t, s, "an intent, while a member hangs")
	servers[0].proceed()
	await(t, "status shows that the member goes on", func() bool { return s.Status().Members[0].Answers })
}

// Without a majority of members each transaction is an error for as long as that lasts, and a watch is
// none.
func TestNoQuorum(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 3})
	s := c.open()
	v, _ := do(t, s, chassis.Op{Kind: chassis.OpClaim, Chassis: "A"})
	await(t, "the store watches", func() bool { return s.Status().Watching })
	c.servers[1].kill()
	c.servers[2].kill()
	for _, op := range []chassis.Op{{}, {Kind: chassis.OpRelease, Epoch: v.Epoch, To: "B"}} {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		if got, held, err := s.Do(ctx, lag, op); err == nil {
			t.Errorf("%v without a quorum: %+v, held %v, want an error", op.Kind, got, held)
		}
		cancel()
	}
	await(t, "the watch ends", func() bool { return !s.Status().Watching })
	c.servers[1].start()
	await(t, "transactions are answered again", func() bool {
		_, _, err := s.Do(t.Context(), lag, chassis.Op{})
		return err == nil
	})
	await(t, "the store watches again", func() bool { return s.Status().Watching })
	drain(s)
	publish(t, c.open(), "B", "text")
	awaitHint(t, s, "another chassis has published")
}

// A chassis starts before etcd does.
func TestOpenBeforeEtcd(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	c.servers[0].kill()
	s := c.open()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := s.Do(ctx, lag, chassis.Op{}); err == nil || !strings.Contains(err.Error(), "no contact yet with 1 of 1 members") {
		t.Errorf("read before etcd runs: %v, want an error without contact", err)
	}
	c.servers[0].start()
	await(t, "a read is answered", func() bool {
		_, _, err := s.Do(t.Context(), lag, chassis.Op{})
		return err == nil
	})
}

// A box was set up again, and the member on it is now a cluster of its own, without the group. It is
// asked first, but a store must not believe it.
func TestMemberOfAnotherCluster(t *testing.T) {
	t.Parallel()
	c, alone := start(t, setup{members: 2}), start(t, setup{members: 1})
	admin := c.open()
	v, held := do(t, admin, chassis.Op{Kind: chassis.OpClaim, Chassis: "A"})
	if !held {
		t.Fatal("claim not held")
	}
	endpoints := append(alone.endpoints(), c.endpoints()...)
	s := c.open(endpoints...)
	for range 5 {
		if got, _ := do(t, s, chassis.Op{}); got.Active != "A" || got.Epoch != v.Epoch {
			t.Fatalf("read: %+v, want %+v", got, v)
		}
	}
	await(t, "status shows the stray member", func() bool {
		err := s.Status().Members[0].Err
		return err != nil && strings.Contains(err.Error(), "belongs to cluster")
	})
	// With the stray one alone there is no majority.
	lost := c.open(alone.endpoints()[0], "http://127.0.0.1:1", "http://127.0.0.1:2")
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if v, _, err := lost.Do(ctx, lag, chassis.Op{}); err == nil {
		t.Errorf("read of one member of three: %+v, want an error", v)
	}
}
