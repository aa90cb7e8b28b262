// Package golden compares files of the repository with what a test makes of the tables that
// they describe. The flag -update of such a test writes them again.
package golden

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the generated files again")

// Check fails the test if a file does not have the wanted text. again is the command that writes
// it.
func Check(t testing.TB, file, want, again string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil { //nolint:gosec // it is published
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: %s", file, again)
	}
}
