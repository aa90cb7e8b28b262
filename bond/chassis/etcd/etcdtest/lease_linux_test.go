package etcdtest

import (
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/etcd"
)

// published reports whether a chassis has published a text, as another store reads it.
func published(t *testing.T, s *etcd.Store, id chassis.ID, text string) bool {
	t.Helper()
	all, err := s.Published(t.Context(), lag)
	return err == nil && string(all[id]) == text
}

// The cluster loses the lease, as after a time without contact. All is published again, and a
// later text replaces it.
func TestLeaseIsLost(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s, other, admin := c.open(), c.open(), c.admin()
	for round := range 2 {
		publish(t, s, "A", "before")
		if err := s.Publish(t.Context(), "A", "", []byte("itself")); err != nil {
			t.Fatal(err)
		}
		leases, err := admin.Leases(t.Context())
		if err != nil || len(leases.Leases) != 1 {
			t.Fatalf("round %d: leases are %+v, %v, want one", round, leases, err)
		}
		lost := leases.Leases[0].ID
		if _, err := admin.Revoke(t.Context(), lost); err != nil {
			t.Fatal(err)
		}
		if round == 1 { // the next text finds that the lease is lost
			publish(t, s, "A", "after")
		}
		await(t, "all is published again", func() bool {
			all, err := other.Published(t.Context(), "")
			return (published(t, other, "A", "before") || published(t, other, "A", "after")) && err == nil && string(all["A"]) == "itself"
		})
		if round == 1 && !published(t, other, "A", "after") {
			t.Error("an old text was published again in place of the new one")
		}
		await(t, "there is one lease again", func() bool {
			l, err := admin.Leases(t.Context())
			return err == nil && len(l.Leases) == 1 && l.Leases[0].ID != lost
		})
	}
	publish(t, s, "A", "last")
	if !published(t, other, "A", "last") {
		t.Error("the last text is not published")
	}
}

// An operator deletes what a chassis publishes. It comes back.
func TestPublicationIsDeleted(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s, other := c.open(), c.open()
	await(t, "the store watches", func() bool { return s.Status().Watching })
	publish(t, s, "A", "text")
	if r, err := c.admin().Delete(t.Context(), prefix, clientv3.WithPrefix()); err != nil || r.Deleted != 1 {
		t.Fatalf("deleted %+v, %v, want 1 key", r, err)
	}
	await(t, "it is published again", func() bool { return published(t, other, "A", "text") })
}

// A chassis that dies withdraws nothing: what it has published ends with its lease. If it was
// only cut off, it is published again.
func TestPublicationsEndWithoutContact(t *testing.T) {
	inLab(t, "half a minute, as long as a lease takes to end")
	t.Parallel()
	c := start(t, setup{members: 1})
	p := newProxy(t, c.servers[0].client)
	s, other, admin := c.open(p.url()), c.open(), c.admin()
	publish(t, s, "A", "text")
	leases, err := admin.Leases(t.Context())
	if err != nil || len(leases.Leases) != 1 {
		t.Fatalf("leases are %+v, %v, want one", leases, err)
	}
	began := time.Now()
	await(t, "the lease has been renewed for longer than it lasts", func() bool {
		l, err := admin.TimeToLive(t.Context(), leases.Leases[0].ID)
		if err != nil || l.TTL <= 0 || !published(t, other, "A", "text") {
			t.Fatalf("lease %+v, %v, after %v, want it and the text under it", l, err, time.Since(began))
		}
		return time.Since(began) > 13*time.Second
	})
	p.setCut(true)
	await(t, "the publication ends", func() bool {
		all, err := other.Published(t.Context(), lag)
		return err == nil && len(all) == 0
	})
	p.setCut(false)
	await(t, "it is published again", func() bool { return published(t, other, "A", "text") })
}
