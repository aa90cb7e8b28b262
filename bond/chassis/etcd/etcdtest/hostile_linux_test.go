package etcdtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/etcd"
)

// Values that no chassis has written are errors that name the key, as long as they are there.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s, admin := c.open(), c.admin()
	v, _ := do(t, s, chassis.Op{Kind: chassis.OpClaim, Chassis: "A"})
	for _, key := range []string{"active", "intent"} {
		key = prefix + "lag/" + lag + "/" + key
		for _, value := range []string{
			"", "x", "null", "[]", "7", "{}", `{"v":0}`, `{"v":-1}`, `{"v":"1"}`, `{"v":1.5}`, `{"v":1,"chassis":7}`, `{"v":1,"chassis":"A","members":7}`,
			`{"v":1,"chassis":"A","members":"x"}`, `{"v":1,"chassis":"` + strings.Repeat("A", 65) + `"}`, `{"v":1,"chassis":"A"`,
			`{"v":1,"chassis":"A","x":"` + strings.Repeat("x", 4096) + `"}`, strings.Repeat("[", 4096), strings.Repeat("x", 1<<20), "\xff\x00",
		} {
			if _, err := admin.Put(t.Context(), key, value); err != nil {
				t.Fatal(err)
			}
			_, _, err := s.Do(t.Context(), lag, chassis.Op{})
			if bad := new(etcd.ValueError); !errors.As(err, &bad) || bad.Key != key {
				t.Errorf("%s is %.40q: error %v, want a ValueError of that key", key, value, err)
			}
		}
		for op := chassis.OpRead; op <= chassis.OpRelease; op++ {
			if _, err := admin.Put(t.Context(), key, `{"v":2,"chassis":["of","a","later","program"]}`); err != nil {
				t.Fatal(err)
			}
			_, _, err := s.Do(t.Context(), lag, chassis.Op{Kind: op, Chassis: "B", Epoch: 1, IntentRev: 1})
			if later := new(etcd.VersionError); !errors.As(err, &later) || later.Key != key || later.Version != 2 {
				t.Errorf("%v while %s has version 2: error %v, want a VersionError of that key", op, key, err)
			}
		}
		if _, err := admin.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := do(t, s, chassis.Op{}); got.Active != "" || got.Epoch != 0 || got.Revision <= v.Revision {
		t.Errorf("after the keys were deleted: %+v, want none active", got)
	}
}

// A later program of the same version has added a field. It is still there after a takeover by this one.
func TestUnknownFieldsAreKept(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s, admin, key := c.open(), c.admin(), prefix+"lag/"+lag+"/active"
	if _, err := admin.Put(t.Context(), key, `{"v":1,"chassis":"A","members":"7","absent":{"until":9}}`); err != nil {
		t.Fatal(err)
	}
	v, _ := do(t, s, chassis.Op{})
	if v.Active != "A" || v.Members != 7 {
		t.Errorf("view %+v, want A active and members 7", v)
	}
	if _, held := do(t, s, chassis.Op{Kind: chassis.OpRelease, To: "B", Members: 1 << 63, Epoch: v.Epoch}); !held {
		t.Fatal("release not held")
	}
	r, err := admin.Get(t.Context(), key)
	const want = `{"absent":{"until":9},"chassis":"B","members":"8000000000000000","v":1}`
	if err != nil || len(r.Kvs) != 1 || string(r.Kvs[0].Value) != want {
		t.Errorf("value %s, %v, want %s", r.Kvs, err, want)
	}
}

// What is published in a wrong way is an error, and hides nothing else.
func TestHostilePublications(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s, admin := c.open(), c.admin()
	publish(t, s, "A", "text")
	folder := prefix + "lag/" + lag + "/ports/"
	for name, value := range map[string]string{
		"B": strings.Repeat("x", 4097), "C": strings.Repeat("x", 1<<20), "%zz": "text", "": "text", "%FF": "text", strings.Repeat("x", 65): "text",
	} {
		key := folder + name
		if _, err := admin.Put(t.Context(), key, value); err != nil {
			t.Fatal(err)
		}
		all, err := s.Published(t.Context(), lag)
		if bad := new(etcd.ValueError); !errors.As(err, &bad) || bad.Key != key {
			t.Errorf("%q is published: error %v, want a ValueError of that key", key, err)
		}
		if len(all) != 1 || string(all["A"]) != "text" {
			t.Errorf("%q is published: %d texts, want that of A alone", key, len(all))
		}
		if _, err := admin.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 15 {
		if _, err := admin.Put(t.Context(), fmt.Sprintf("%sx%d", folder, i), "text"); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := s.Published(t.Context(), lag); !errors.As(err, new(*etcd.ValueError)) || len(all) != 15 {
		t.Errorf("of 16 chassis: %d texts, error %v, want 15 and a ValueError", len(all), err)
	}
	if _, err := admin.Delete(t.Context(), folder, clientv3.WithPrefix()); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Put(t.Context(), prefix+"identity", strings.Repeat("x", 4097)); err != nil {
		t.Fatal(err)
	}
	if text, err := s.Keep(t.Context(), "identity", nil); !errors.As(err, new(*etcd.ValueError)) {
		t.Errorf("what is kept is too long: %d octets, error %v, want a ValueError", len(text), err)
	}
}

// Another client writes large values under the prefix. They arrive in the watch, which goes on.
func TestWatchOfLargeValues(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s, admin := c.open(), c.admin()
	await(t, "the store watches", func() bool { return s.Status().Watching })
	for range 20 {
		if _, err := admin.Put(t.Context(), prefix+"large", strings.Repeat("x", 1400<<10)); err != nil {
			t.Fatal(err)
		}
	}
	drain(s)
	if _, err := admin.Put(t.Context(), prefix+"small", "x"); err != nil {
		t.Fatal(err)
	}
	awaitHint(t, s, "large values")
	if st := s.Status(); !st.Watching || st.Members[0].Failures > 0 {
		t.Errorf("status after large values: %+v, want a watch and no failures", st)
	}
}
