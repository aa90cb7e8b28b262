package lacp_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/internal/sim"
)

var update = flag.Bool("update", false, "rewrite the golden output in testdata/scenario")

// The scripts of testdata/scenario, with the output of each command: exact times,
// transitions and LACPDUs. The commands are those of sim.RunScript.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenario/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := sim.RunScript(string(want))
			if err != nil {
				t.Fatalf("%v\n%s", err, got)
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			compareLines(t, got, string(want))
		})
	}
}

// compareLines fails if the two differ, and shows the first line that does, with the
// lines before it.
func compareLines(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		line := func(s []string) string {
			if i < len(s) {
				return s[i]
			}
			return "(end)"
		}
		if line(g) != line(w) {
			t.Fatalf("line %d, after\n%s\n got %s\nwant %s\nIf the new output is right: go test ./lacp -run TestScenarios -update",
				i+1, strings.Join(g[max(0, i-5):i], "\n"), line(g), line(w))
		}
	}
}
