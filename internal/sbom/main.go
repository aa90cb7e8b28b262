// Command sbom prints the modules linked into Go programs as a CycloneDX 1.6 document.
// It gives the name, version, checksum (as in go.sum) and package URL of each module.
//
//	go run ./internal/sbom PROGRAM...
package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

type document struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	PURL       string     `json:"purl,omitempty"`
	Hashes     []sum      `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

// sum is the SHA-256 of a module's files, as in go.sum.
type sum struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, programs []string) error {
	if len(programs) == 0 {
		return fmt.Errorf("no program given: want at least one")
	}
	doc := document{Format: "CycloneDX", Spec: "1.6", Version: 1}
	for _, path := range programs {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return err
		}
		doc.Metadata.Component = component{Type: "application", Name: info.Main.Path, Version: info.Main.Version}
		doc.add(component{Type: "framework", Name: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}, path)
		for _, m := range info.Deps {
			c, err := moduleOf(m)
			if err != nil {
				return err
			}
			doc.add(c, path)
		}
	}
	slices.SortFunc(doc.Components, func(a, b component) int { return strings.Compare(a.Name, b.Name) })
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

// add adds a component of a program. If the component is already there, it adds only the
// program.
func (d *document) add(c component, program string) {
	into := property{"linked into", filepath.Base(program)}
	i := slices.IndexFunc(d.Components, func(x component) bool { return x.Name == c.Name && x.Version == c.Version })
	if i < 0 {
		c.Properties = append(c.Properties, into)
		d.Components = append(d.Components, c)
		return
	}
	d.Components[i].Properties = append(d.Components[i].Properties, into)
}

func moduleOf(m *debug.Module) (component, error) {
	if m.Replace != nil {
		m = m.Replace
	}
	if m.Version == "(devel)" { // a module of the same workspace: it is built as it lies there
		return component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path}, nil
	}
	digest, ok := strings.CutPrefix(m.Sum, "h1:")
	if !ok {
		return component{}, fmt.Errorf("module %s %s has no checksum", m.Path, m.Version)
	}
	b, err := base64.StdEncoding.DecodeString(digest)
	if err != nil {
		return component{}, fmt.Errorf("module %s %s: checksum %s: %w", m.Path, m.Version, m.Sum, err)
	}
	return component{Type: "library", Name: m.Path, Version: m.Version,
		PURL: "pkg:golang/" + m.Path + "@" + m.Version, Hashes: []sum{{"SHA-256", hex.EncodeToString(b)}}}, nil
}
