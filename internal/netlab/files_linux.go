package netlab

import (
	"os"
	"testing"
)

// OpenFiles returns how many open descriptors the process has.
func OpenFiles(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
