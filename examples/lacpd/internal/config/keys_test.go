package config

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/golden"
)

// TestReferenceIsThatOfTheTable checks that the reference matches the table.
func TestReferenceIsThatOfTheTable(t *testing.T) {
	for name, want := range map[string]string{"KEYS.md": Markdown(), "packaging/lacpd.yaml.5": Man(), "packaging/bonds.yaml": Sample()} {
		golden.Check(t, filepath.Join("../..", name), want, "go test ./examples/lacpd/internal/config -run Reference -update")
	}
}

// TestUsageListsEveryKey checks that every key is in the usage text.
func TestUsageListsEveryKey(t *testing.T) {
	text := Usage()
	for i := range options {
		o := &options[i]
		if want := "    " + o.key + ": " + o.kind.allowed; !strings.Contains(text, want) {
			t.Errorf("the usage text lacks %q", want)
		}
	}
}
