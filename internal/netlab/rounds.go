package netlab

import (
	"os"
	"strconv"
	"testing"
)

// Number returns the number in an environment variable, at least 1, or standard if it is not set.
func Number(t testing.TB, variable string, standard int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: allowed: 1 and more", variable, text)
	}
	return n
}

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
