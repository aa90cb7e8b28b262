package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestUsageFitsAScreen checks that the text fits a terminal of 80 columns and 36 lines.
func TestUsageFitsAScreen(t *testing.T) {
	if lines := strings.Count(usage(), "\n"); lines > 36 {
		t.Errorf("lacpd -h has %d lines, want at most 36", lines)
	}
	for line := range strings.Lines(usage()) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > 80 {
			t.Errorf("line of %d characters, want at most 80: %s", len(line), line)
		}
	}
}

// TestHelpDescribesCommandsAndKeys checks lacpd help and its topics.
func TestHelpDescribesCommandsAndKeys(t *testing.T) {
	for args, want := range map[string]string{
		"-h": "\n  drain     takes a member out", "help": "\n  drain     takes a member out",
		"help drain": "usage: lacpd drain ", "drain -h": "usage: lacpd drain ",
		"help keys": "\n    xmit_hash_policy: ", "apply -h": "lacpd help keys describes the keys",
	} {
		var out, errOut bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), &out, &errOut); code != exitOK || !strings.Contains(out.String(), want) {
			t.Errorf("lacpd %s exits with %d and lacks %q:\n%s%s", args, code, want, &out, &errOut)
		}
	}
	for _, args := range []string{"", "help nothing", "help drain drain", "nothing"} {
		var out, errOut bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), &out, &errOut); code != exitUsage || out.Len() > 0 || !strings.HasSuffix(errOut.String(), "Try lacpd -h.\n") {
			t.Errorf("lacpd %s exits with %d, want %d and advice:\n%s%s", args, code, exitUsage, &out, &errOut)
		}
	}
}
