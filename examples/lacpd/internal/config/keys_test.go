package config

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference of the keys again")

// TestReferenceIsThatOfTheTable checks that the reference matches the table.
func TestReferenceIsThatOfTheTable(t *testing.T) {
	for name, want := range map[string]string{"../../KEYS.md": Markdown(), "../../packaging/lacpd.yaml.5": Man(), "../../packaging/bonds.yaml": Sample()} {
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
			t.Errorf("%s does not match the table: go test ./examples/lacpd/internal/config -run Reference -update", name)
		}
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
