package etcd

import (
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond/chassis"
)

// No name, of whatever characters, makes a key of another LAG, chassis or group.
func TestKeysOfDifferentNamesDiffer(t *testing.T) {
	names := []string{"a", "A", "a/active", "a%2Factive", "a/ports/b", "..", ".", "a b", "ñ", "a\x00", "identity", "lag", "chassis"}
	seen := make(map[string]string)
	add := func(what, key string) {
		if other, ok := seen[key]; ok && other != what {
			t.Errorf("%s and %s have the same key %s", what, other, key)
		}
		seen[key] = what
	}
	for _, group := range names {
		k := keysOf(group)
		for _, lag := range names {
			add("active of "+lag+" in "+group, k.active(lag))
			add("intent of "+lag+" in "+group, k.intent(lag))
			for _, me := range names {
				key := k.publication(chassis.ID(me), lag)
				add("publication of "+me+" about "+lag+" in "+group, key)
				if id, err := chassisOf(key, k.publications(lag)); string(id) != me || err != nil {
					t.Errorf("%s is of %q, %v, want %q", key, id, err, me)
				}
			}
			add("publication of "+lag+" in "+group, k.publication(chassis.ID(lag), ""))
			if key, err := k.kept("x/" + strings.ReplaceAll(lag, "/", "-")); err == nil {
				add("kept "+lag+" in "+group, key)
			}
		}
	}
}

func TestKeysAreThoseOfTheDesign(t *testing.T) {
	k := keysOf("nas1")
	number, err := k.kept("number/1")
	for got, want := range map[string]string{
		k.active("up"):             "/lagkit/v1/nas1/lag/up/active",
		k.intent("up"):             "/lagkit/v1/nas1/lag/up/intent",
		k.publication("a", "up"):   "/lagkit/v1/nas1/lag/up/ports/a",
		k.publication("a", ""):     "/lagkit/v1/nas1/chassis/a",
		number:                     "/lagkit/v1/nas1/number/1",
		keysOf("n/1").active("%/"): "/lagkit/v1/n%2F1/lag/%25%2F/active",
	} {
		if got != want {
			t.Errorf("key %s, want %s (%v)", got, want, err)
		}
	}
	for _, name := range []string{"", "/", "a/", "/a", "a//b", "lag", "lag/up/active", "chassis/a", strings.Repeat("a", 65), "\xff"} {
		if key, err := k.kept(name); err == nil {
			t.Errorf("kept under %q: %s, want an error", name, key)
		}
	}
}
