package main

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

// TestDescribesAProgram describes the test's own program.
func TestDescribesAProgram(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(&out, []string{exe, exe}); err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Format != "CycloneDX" || doc.Spec != "1.6" || doc.Metadata.Component.Name != "github.com/lagkit/lagkit" {
		t.Errorf("%+v", doc)
	}
	if len(doc.Components) != 1 || doc.Components[0].Name != "std" || doc.Components[0].Version == "" || len(doc.Components[0].Properties) != 2 {
		t.Errorf("got components %+v, want the standard library once, linked into two programs", doc.Components)
	}
}

func TestModule(t *testing.T) {
	c, err := moduleOf(&debug.Module{Path: "example.com/m", Version: "v1.2.3", Sum: "h1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="})
	if err != nil {
		t.Fatal(err)
	}
	if c.PURL != "pkg:golang/example.com/m@v1.2.3" || c.Hashes[0].Content != "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" {
		t.Errorf("%+v", c)
	}
	if c, err := moduleOf(&debug.Module{Path: "example.com/m", Version: "(devel)"}); err != nil || len(c.Hashes) != 0 {
		t.Errorf("a module of the workspace: %+v, %v, want it without a checksum", c, err)
	}
	for _, bad := range []string{"", "h2:AAEC", "h1:!"} {
		if _, err := moduleOf(&debug.Module{Path: "example.com/m", Version: "v1.2.3", Sum: bad}); err == nil || !strings.Contains(err.Error(), "example.com/m") {
			t.Errorf("checksum %q: got error %v", bad, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, programs := range [][]string{nil, {"sbom_test.go"}, {"no such file"}} {
		if err := run(new(bytes.Buffer), programs); err == nil {
			t.Errorf("%q: got no error, want one", programs)
		}
	}
}
