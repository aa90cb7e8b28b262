package main

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference of the keys again")

// TestReferenceIsThatOfTheTable checks that the reference matches the table.
func TestReferenceIsThatOfTheTable(t *testing.T) {
	for name, want := range map[string]string{"KEYS.md": keysMarkdown(), "lacpd.keys.5": keysMan()} {
		if *update {
			if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s does not match options.go: go test ./examples/lacpd -run Reference -update", name)
		}
	}
}

// TestUsageListsEveryKey checks that every key is in the usage text, and that the text fits a
// terminal where words allow it.
func TestUsageListsEveryKey(t *testing.T) {
	text := usage()
	for i := range options {
		o := &options[i]
		if want := "    " + o.key + ": " + o.kind.allowed; !strings.Contains(text, want) {
			t.Errorf("the usage text lacks %q", want)
		}
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > 80 && !strings.HasPrefix(line, "    ") {
			t.Errorf("line of %d characters, want at most 80: %s", len(line), line)
		}
	}
}
