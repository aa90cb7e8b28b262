package main

import (
	"strings"
	"testing"
)

// TestUsageFitsATerminal checks that the text fits where words allow it.
func TestUsageFitsATerminal(t *testing.T) {
	for line := range strings.Lines(usage()) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > 80 && !strings.HasPrefix(line, "    ") {
			t.Errorf("line of %d characters, want at most 80: %s", len(line), line)
		}
	}
}
