package lacp

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Each cause has a text of its own, and some machine, option or input that gives it.
func TestCausesHaveTexts(t *testing.T) {
	texts, err := textsOfCauses()
	if err != nil {
		t.Fatal(err)
	}
	uses := usesOfCauses(t)
	causeOf := map[string]string{}
	for name := range uses["cause.go"] {
		text := texts[name]
		if (text == "") != (name == "causeNone") {
			t.Errorf("%s has the text %q", name, text)
		}
		if other := causeOf[text]; other != "" {
			t.Errorf("%s and %s have one text, %q", name, other, text)
		}
		causeOf[text] = name
		used := false
		for file := range uses {
			used = used || file != "cause.go" && uses[file][name]
		}
		if !used {
			t.Errorf("nothing gives %s", name)
		}
	}
	if len(causeOf) != len(causeTexts) {
		t.Errorf("%d causes, want the %d that have texts", len(causeOf), len(causeTexts))
	}
}

// usesOfCauses returns the causes that each source file names.
func usesOfCauses(t *testing.T) map[string]map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	uses := map[string]map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && strings.HasPrefix(id.Name, "cause") && id.Name != "cause" && id.Name != "causeTexts" {
				names[id.Name] = true
			}
			return true
		})
		uses[file] = names
	}
	return uses
}
