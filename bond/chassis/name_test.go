package chassis_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/lacp"
)

func TestOwnName(t *testing.T) {
	store, dir := chassistest.NewMemory(), t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	own := func(me chassis.ID, file string) error {
		return chassis.OwnName(t.Context(), store.OpenDirectory(), me, file)
	}
	for range 2 { // each start asks
		if err := own("A", first); err != nil {
			t.Fatal(err)
		}
	}
	var taken *chassis.NameError
	err := own("A", second)
	if !errors.As(err, &taken) || taken.Me != "A" || taken.Have == taken.Owner {
		t.Fatalf("a second box with the name: %v, want a NameError with two boxes", err)
	}
	text, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSpace(string(text)); taken.Owner != want || !strings.Contains(taken.Error(), want) {
		t.Errorf("%v, want one that names %s, the first box", taken, want)
	}
	if err := own("B", second); err != nil {
		t.Errorf("the second box with a name of its own: %v", err)
	}
}

func TestOwnNameFails(t *testing.T) {
	dir := t.TempDir()
	d, bad := chassistest.NewMemory().OpenDirectory(), filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("no identifier"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{bad, filepath.Join(bad, "below"), filepath.Join(dir, "none", "file")} {
		if err := chassis.OwnName(t.Context(), d, "A", file); err == nil {
			t.Errorf("the file %s gives no error", file)
		}
	}
	var refused *lacp.FieldError
	if err := chassis.OwnName(t.Context(), d, "", filepath.Join(dir, "a")); !errors.As(err, &refused) || refused.Field != "me" {
		t.Errorf("no name: %v, want a FieldError of me", err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if err := chassis.OwnName(done, d, "A", filepath.Join(dir, "a")); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is done: %v, want Canceled", err)
	}
}
