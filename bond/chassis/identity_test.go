package chassis_test

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/lacp"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// All chassis get one identity. Another group gets another one.
func TestIdentityIsTheGroups(t *testing.T) {
	store := chassistest.NewMemory()
	load := func(m *chassistest.Memory) chassis.Identity {
		t.Helper()
		id, err := chassis.LoadIdentity(t.Context(), m.OpenDirectory(), "")
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first, second, other := load(store), load(store), load(chassistest.NewMemory())
	if first != second || first == other {
		t.Errorf("identities %+v and %+v of one group, %+v of another; want two equal ones", first, second, other)
	}
	if !uuid.MatchString(first.Group) {
		t.Errorf("group %q, want a UUID of version 4", first.Group)
	}
	if mac := first.System.MAC; mac[0]&3 != 2 || first.System.Priority != 0x7000 {
		t.Errorf("system %v, want priority 7000 and an individual, locally administered address", first.System)
	}
}

// The copy in a file stands in for a store that can't be reached, and gives it back what it has lost.
func TestIdentityHasACopy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "identity")
	store := chassistest.NewMemory()
	first, err := chassis.LoadIdentity(t.Context(), store.OpenDirectory(), file)
	if err != nil {
		t.Fatal(err)
	}
	down := errors.New("no quorum")
	store.Fail(down)
	if got, err := chassis.LoadIdentity(t.Context(), store.OpenDirectory(), file); err != nil || got != first {
		t.Errorf("without the store: %+v, %v; want %+v", got, err, first)
	}
	if _, err := chassis.LoadIdentity(t.Context(), store.OpenDirectory(), ""); !errors.Is(err, down) {
		t.Errorf("without the store and a copy: %v, want %v", err, down)
	}
	empty := chassistest.NewMemory()
	if got, err := chassis.LoadIdentity(t.Context(), empty.OpenDirectory(), file); err != nil || got != first {
		t.Errorf("of an empty store: %+v, %v; want the copy %+v", got, err, first)
	}
	other := chassistest.NewMemory()
	want, err := chassis.LoadIdentity(t.Context(), other.OpenDirectory(), "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time from the copy
		if got, err := chassis.LoadIdentity(t.Context(), other.OpenDirectory(), file); err != nil || got != want {
			t.Errorf("of another store: %+v, %v; want the store's %+v", got, err, want)
		}
		other.Fail(down)
	}
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Errorf("%d files next to the copy, %v; want the copy alone", len(entries), err)
	}
}

func TestIdentityErrors(t *testing.T) {
	for what, text := range map[string]string{
		"empty":         "",
		"not an object": "17",
		"no version":    `{"group":"g","mac":"02:00:00:00:00:01","priority":1}`,
		"a group MAC":   `{"v":1,"group":"g","mac":"03:00:00:00:00:01","priority":1}`,
		"no MAC":        `{"v":1,"group":"g","priority":1}`,
		"no group":      `{"v":1,"mac":"02:00:00:00:00:01","priority":1}`,
		"a priority":    `{"v":1,"group":"g","mac":"02:00:00:00:00:01","priority":65536}`,
		"newer":         `{"v":2,"group":"g","mac":"02:00:00:00:00:01","priority":1}`,
	} {
		store := chassistest.NewMemory()
		if _, err := store.OpenDirectory().Keep(t.Context(), "identity", []byte(text)); err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), "identity")
		got, err := chassis.LoadIdentity(t.Context(), store.OpenDirectory(), copied)
		if _, err := os.Stat(copied); err == nil {
			t.Errorf("%s: it was copied", what)
		}
		var newer *chassis.VersionError
		if err == nil || errors.As(err, &newer) != (what == "newer") {
			t.Errorf("%s: %+v, %v; want an error", what, got, err)
		}
	}
	bad := filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(bad, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{bad, filepath.Join(bad, "below")} {
		store := chassistest.NewMemory().OpenDirectory()
		if _, err := chassis.LoadIdentity(t.Context(), store, file); err == nil {
			t.Errorf("a copy in %s gives no error", file)
		}
		if _, err := chassis.LoadIdentity(t.Context(), store, ""); err != nil {
			t.Errorf("after a bad copy: %v, want that it was not stored", err)
		}
	}
	if _, err := chassis.LoadIdentity(t.Context(), chassistest.NewMemory().OpenDirectory(), filepath.Join(t.TempDir(), "missing", "identity")); err == nil {
		t.Error("a copy that can't be written gives no error")
	}
	kept := []byte(`{"v":1,"group":"g","mac":"02:00:00:00:00:01","priority":4660,"later":[]}`)
	d := chassistest.NewMemory().OpenDirectory()
	if _, err := d.Keep(t.Context(), "identity", kept); err != nil {
		t.Fatal(err)
	}
	want := chassis.Identity{Group: "g", System: lacp.SystemID{Priority: 0x1234, MAC: lacp.MAC{2, 0, 0, 0, 0, 1}}}
	if got, err := chassis.LoadIdentity(t.Context(), d, ""); err != nil || got != want {
		t.Errorf("with a field of a later version: %+v, %v; want %+v", got, err, want)
	}
}

// RFC 7432 section 5: type 1, six octets of System MAC, two of key, one of zero.
func TestESI(t *testing.T) {
	id := chassis.Identity{System: lacp.SystemID{MAC: lacp.MAC{2, 0x11, 0x22, 0x33, 0x44, 0x55}}}
	esi := id.ESI(0x1234)
	if got := hex.EncodeToString(esi[:]); got != "01021122334455123400" {
		t.Errorf("ESI %s, want 01021122334455123400", got)
	}
}

func TestNumbers(t *testing.T) {
	store := chassistest.NewMemory()
	ctx := t.Context()
	number := func(me chassis.ID, want int) (int, error) {
		return chassis.Number(ctx, store.OpenDirectory(), me, want)
	}
	for _, step := range []struct {
		me         chassis.ID
		want, gets int
	}{{"A", 2, 2}, {"B", 0, 1}, {"B", 0, 1}, {"C", 0, 3}, {"A", 2, 2}, {"D", 15, 15}} {
		if got, err := number(step.me, step.want); err != nil || got != step.gets {
			t.Errorf("%s wants %d: %d, %v; want %d", step.me, step.want, got, err, step.gets)
		}
	}
	var taken *chassis.NumberError
	if _, err := number("B", 2); !errors.As(err, &taken) || *taken != (chassis.NumberError{Number: 2, Me: "B", Owner: "A"}) || err.Error() != "chassis: number 2 for B belongs to A" {
		t.Errorf("B wants A's number: %v, want a NumberError that names both", err)
	}
	for n := 4; n <= 14; n++ {
		if got, err := number(chassis.ID(rune('a'+n)), 0); err != nil || got != n {
			t.Errorf("chassis %d gets %d, %v", n, got, err)
		}
	}
	if _, err := number("Z", 0); !errors.As(err, &taken) || taken.Number != 0 || taken.Me != "Z" {
		t.Errorf("a 16th chassis: %v, want a NumberError", err)
	}
	var refused *lacp.FieldError
	for _, want := range []int{-1, 16} {
		if _, err := number("A", want); !errors.As(err, &refused) || refused.Field != "want" {
			t.Errorf("number %d: %v, want a FieldError of want", want, err)
		}
	}
	for _, me := range []string{"", strings.Repeat("x", 65)} {
		if _, err := number(chassis.ID(me), 1); !errors.As(err, &refused) || refused.Field != "me" {
			t.Errorf("a name of %d octets: %v, want a FieldError of me", len(me), err)
		}
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := chassis.Number(done, store.OpenDirectory(), "A", 2); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is done: %v, want Canceled", err)
	}
	if got := chassis.PortBase(15); got != 0xf000 {
		t.Errorf("PortBase(15) = %#x, want 0xf000", got)
	}
}
