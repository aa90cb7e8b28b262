package config

import (
	"regexp"
	"strings"
	"testing"
)

// commented matches a setting of the sample that is commented out, and no prose.
var commented = regexp.MustCompile(`(?m)^( *)#([-a-z])`)

// TestSampleLoads checks that the sample is a valid file with one bond as it stands, and one
// that sets every key once all settings are uncommented.
func TestSampleLoads(t *testing.T) {
	needsEtcd(t)
	for _, tt := range []struct {
		name, text string
		bonds      int
		keys       int
	}{
		{"as it stands", Sample(), 1, 3},
		{"uncommented", commented.ReplaceAllString(Sample(), "$1$2"), len(sampleBonds), len(options)},
	} {
		f := Parse("bonds.yaml", []byte(tt.text))
		if len(f.Problems) > 0 {
			t.Errorf("%s: %v\n%s", tt.name, &Error{File: f.Name, Problems: f.Problems}, tt.text)
		}
		set := make(map[string]bool)
		for i := range f.Bonds {
			for key := range f.Bonds[i].at.keys {
				set[key] = true
			}
		}
		if len(f.Bonds) != tt.bonds || len(set) != tt.keys {
			t.Errorf("%s: %d bonds set %d keys, want %d and %d", tt.name, len(f.Bonds), len(set), tt.bonds, tt.keys)
		}
	}
}

// TestSampleExplainsEveryKey checks that each key stands in the sample once, after its help.
func TestSampleExplainsEveryKey(t *testing.T) {
	text := strings.Join(strings.Fields(strings.ReplaceAll(Sample(), "# ", "")), " ")
	for i := range options {
		o := &options[i]
		if o.required {
			continue
		}
		if !strings.Contains(text, strings.Join(strings.Fields(o.sentence()), " ")) {
			t.Errorf("the sample lacks the help of %s: %s", o.key, o.sentence())
		}
		if o.standard == "" && sampleValues[o.key] == "" {
			t.Errorf("%s has no default and no sample value", o.key)
		}
	}
	for key := range sampleValues {
		if findOption(key).standard != "" {
			t.Errorf("%s has a default and a sample value, want only one", key)
		}
	}
	for line := range strings.Lines(Sample()) {
		if len(line) > 81 && strings.Contains(line, "# ") {
			t.Errorf("line of %d characters, want at most 80: %s", len(line)-1, line)
		}
	}
}
