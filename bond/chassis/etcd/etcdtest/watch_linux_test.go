package etcdtest

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
)

// While a watch is cut, its events are compacted: they will never arrive. A hint still comes after the
// cut, and for changes after that.
func TestWatchSurvivesCompaction(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	p := newProxy(t, c.servers[0].client)
	s, other := c.open(p.url()), c.open()
	v, _ := do(t, other, chassis.Op{Kind: chassis.OpClaim, Chassis: "A"})
	await(t, "the store watches", func() bool { return s.Status().Watching })
	drain(s)
	p.setCut(true)
	for i := range 10 {
		v, _ = do(t, other, chassis.Op{Kind: chassis.OpRelease, To: chassis.ID("to" + strconv.Itoa(i)), Epoch: v.Epoch})
	}
	if _, err := c.admin().Compact(t.Context(), int64(v.Revision)); err != nil {
		t.Fatal(err)
	}
	p.setCut(false)
	awaitHint(t, s, "a cut with changes that were compacted")
	await(t, "the store reads what changed meanwhile", func() bool {
		got, _, err := s.Do(t.Context(), lag, chassis.Op{})
		return err == nil && got == v
	})
	await(t, "the store watches again", func() bool { return s.Status().Watching })
	drain(s)
	do(t, other, chassis.Op{Kind: chassis.OpRelease, Epoch: v.Epoch})
	awaitHint(t, s, "a change after the cut")
}

// A chassis publishes each second. That is no news for itself.
func TestOwnPublicationsGiveNoHints(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s, other := c.open(), c.open()
	publish(t, s, "A", "one")
	await(t, "both stores watch", func() bool { return s.Status().Watching && other.Status().Watching })
	drain(s)
	drain(other)
	publish(t, s, "A", "two")
	awaitHint(t, other, "another chassis has published")
	publish(t, other, "B", "three") // its event comes after the ones of A
	awaitHint(t, s, "another chassis has published")
	select {
	case <-s.Changes():
		t.Error("a second hint, want only one for what the other chassis has published")
	case <-time.After(100 * time.Millisecond):
	}
}

// publish publishes a text about a LAG.
func publish(t *testing.T, s chassis.Directory, me chassis.ID, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Publish(ctx, me, lag, []byte(text)); err != nil {
		t.Fatalf("%s publishes: %v", me, err)
	}
}
