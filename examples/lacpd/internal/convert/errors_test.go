package convert

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestFilesThatCantBeConverted checks the errors.
func TestFilesThatCantBeConverted(t *testing.T) {
	for _, tt := range []struct {
		kind       Kind
		text, want string
	}{
		{"nmstate", "", "-from nmstate: allowed: netplan, networkd, ifupdown or truenas"},
		{Netplan, "network: {version: 2}\n", "f: no bond in the files of netplan"},
		{Netplan, "bonds: {}\n", `f:1: allowed: a mapping "network"`},
		{Netplan, "network: [\n", "f:1:"},
		{Netplan, "network: " + strings.Repeat("[", 20_000), "more than 10 nested lists or mappings"},
		{Networkd, "[NetDev]\nName=br0\nKind=bridge\n", "f: no bond in the files of networkd"},
		{Ifupdown, "auto lo\niface lo inet loopback\n", "f: no bond in the files of ifupdown"},
		{TrueNAS, "[]", "f: no bond in the files of truenas"},
		{TrueNAS, "[{\n\"name\": }]", "f:2: not JSON: "},
		{TrueNAS, "[1]", "f:1: allowed: an object for each interface"},
		{TrueNAS, strings.Repeat("[", 100_000), "f:1: not JSON: more than 20 objects in each other"},
		{Networkd, strings.Repeat("x", maxText+1), "f: more than 4194304 octets"},
	} {
		r, err := Convert(tt.kind, []Source{{"f", []byte(tt.text)}})
		if err == nil || !strings.Contains(err.Error(), tt.want) || r != nil {
			t.Errorf("%s, %.40q: %.80v, %.200v, want %q", tt.kind, tt.text, r, err, tt.want)
		}
	}
	if kind, err := Guess([]Source{{"f", []byte("hello\n")}}); err == nil {
		t.Errorf("Guess() = %q, want an error", kind)
	}
}

// TestAliasesStaySmall checks that files whose aliases grow with each line are merged in little time.
func TestAliasesStaySmall(t *testing.T) {
	var b strings.Builder
	b.WriteString("network:\n  a0: &a0 {x: y}\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d {p: *a%d, q: *a%d}\n", i, i, i-1, i-1)
	}
	b.WriteString("  bonds: {bond0: {interfaces: [e0], addresses: [*a29]}}\n")
	text := []byte(b.String())
	start := time.Now()
	r, err := Convert(Netplan, []Source{{"f", text}, {"g", text}})
	if took := time.Since(start); err != nil || took > 20*time.Second {
		t.Fatalf("Convert() = %v after %v, want a result at once", err, took)
	}
	if !strings.Contains(string(r.Text), "ports: [e0]") {
		t.Errorf("result is\n%s\nwant bond0 with e0", r.Text)
	}
}

// TestBrokenFilesAreNoProblem converts the samples with random damage. Each result loads, or a note
// names what lacpd refuses of it.
func TestBrokenFilesAreNoProblem(t *testing.T) {
	const tries = 8
	rnd := rand.New(rand.NewPCG(14, 2))
	converted := 0
	for _, kind := range Kinds {
		names, err := filepath.Glob(filepath.Join("testdata", string(kind), "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			for range tries {
				s := readSample(t, name)
				damage(rnd, s.sources[rnd.IntN(len(s.sources))].Text)
				r, err := Convert(kind, s.sources)
				if err != nil {
					continue
				}
				converted++
				again := builder{sources: s.sources}
				again.check(r.Text)
				for _, n := range again.notes {
					if !slices.Contains(r.Notes, n) {
						t.Errorf("%s: the result is refused, but no note says so: %v\n%s", name, n.String(), r.Text)
					}
				}
			}
		}
	}
	if converted < 100 {
		t.Errorf("%d damaged samples were converted, want at least 100", converted)
	}
}

// damage changes a few octets.
func damage(rnd *rand.Rand, text []byte) {
	if len(text) == 0 {
		return
	}
	for range 1 + rnd.IntN(4) {
		at := rnd.IntN(len(text))
		switch rnd.IntN(3) {
		case 0:
			text[at] = byte(rnd.IntN(256))
		case 1:
			text[at] = "\n =:[]{}#\"'-"[rnd.IntN(12)]
		default:
			n := min(rnd.IntN(20), len(text)-at)
			copy(text[at:at+n], text[rnd.IntN(len(text)-n+1):])
		}
	}
}
