package spread

import (
	"errors"
	"testing"
	"time"

	"github.com/lagkit/lagkit/hash"
)

// bucketsOf returns the members of a distributor's buckets.
func bucketsOf(d *Distributor) (ids []uint16) {
	s := d.Snapshot()
	for b := range s.Buckets() {
		id, _ := s.BucketMember(b)
		ids = append(ids, uint16(id))
	}
	return ids
}

func TestAdoptGoesOnWhereAnotherHasStopped(t *testing.T) {
	members := []Member{{ID: 1, Weight: 3, Up: true}, {ID: 4, Weight: 1, Up: true}}
	before := newTestDistributor(t)
	if _, err := before.Update(members); err != nil {
		t.Fatal(err)
	}
	octets := make([]uint64, len(bucketsOf(before)))
	for b, id := range bucketsOf(before) {
		if id == 1 {
			octets[b] = 1 << 30
		}
	}
	if len(before.Balance(octets, time.Second).Moved) == 0 {
		t.Fatal("the load moves no bucket, want some moved")
	}
	want := bucketsOf(before)
	after := newTestDistributor(t)
	if err := after.Adopt(members, want); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		for b, id := range bucketsOf(after) {
			if id != want[b] {
				t.Fatalf("round %d: bucket %d is on member %d, want %d", round, b, id, want[b])
			}
		}
		if c, err := after.Update(members); err != nil || len(c.Moved) > 0 {
			t.Errorf("Update() with the same members moves %d buckets, %v, want none", len(c.Moved), err)
		}
	}
}

// A member that is down when its buckets are adopted gets a share when it returns, and a member
// that is gone keeps none.
func TestAdoptWithoutAMember(t *testing.T) {
	d := newTestDistributor(t)
	buckets := make([]uint16, 1024)
	for b := range buckets {
		buckets[b] = uint16(b % 2) // member 1 is gone
	}
	members := []Member{{ID: 0, Up: true}, {ID: 2, Up: false}}
	if err := d.Adopt(members, buckets); err != nil {
		t.Fatal(err)
	}
	count := func(id uint16) (n int) {
		for _, of := range bucketsOf(d) {
			if of == id {
				n++
			}
		}
		return n
	}
	if got := count(0); got != 1024 {
		t.Errorf("member 0 has %d buckets, want all 1024", got)
	}
	members[1].Up = true
	if _, err := d.Update(members); err != nil {
		t.Fatal(err)
	}
	if got := count(2); got != 512 {
		t.Errorf("member 2 has %d buckets once it is up, want 512", got)
	}
}

func TestAdoptIsChecked(t *testing.T) {
	d := newTestDistributor(t)
	var fe *hash.FieldError
	if err := d.Adopt([]Member{{ID: 0, Up: true}}, make([]uint16, 7)); !errors.As(err, &fe) || fe.Field != "buckets" {
		t.Errorf("Adopt() of 7 buckets = %v, want a refusal of buckets", err)
	}
	if err := d.Adopt([]Member{{ID: 0}, {ID: 0}}, make([]uint16, 1024)); !errors.As(err, &fe) || fe.Field != "member ID" {
		t.Errorf("Adopt() of one member twice = %v, want a refusal of the id", err)
	}
	if d.Snapshot().Buckets() != 0 {
		t.Error("a refused Adopt has set buckets")
	}
}

func newTestDistributor(t *testing.T) *Distributor {
	t.Helper()
	h, err := hash.New(hash.Layer34, hash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDistributor(h, DistributorConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
