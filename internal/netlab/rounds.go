package netlab

import (
	"os"
	"testing"
)

// Rounds returns how often a test repeats what takes long: few times, or many if the environment
// variable LAGKIT_LAB is set.
func Rounds(few, many int) int {
	if os.Getenv("LAGKIT_LAB") != "" {
		return many
	}
	return few
}

// Slow skips a test that takes seconds, with -short.
func Slow(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: takes seconds")
	}
}
