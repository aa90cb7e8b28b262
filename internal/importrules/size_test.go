package importrules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The most lines of a function and fields of a struct. Longer ones are tables: a switch with a
// line for each word, the settings, the counters.
const (
	mostLines  = 60
	mostFields = 25
)

var (
	tables  = regexp.MustCompile(`^internal/sim/(script_parse|swarm_script)\.go$`)
	records = regexp.MustCompile(`^(Config|\w*[cC]ounters\w*)$`)
)

// A function fits on a screen, and a struct has one subject.
func TestFunctionsAndStructsAreSmall(t *testing.T) {
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != root:
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if lines := set.Position(n.End()).Line - set.Position(n.Pos()).Line + 1; lines > mostLines && !tables.MatchString(filepath.ToSlash(file)) {
					t.Errorf("%s: %s has %d lines, want at most %d", file, n.Name.Name, lines, mostLines)
				}
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok && !records.MatchString(n.Name.Name) {
					if fields := countFields(s); fields > mostFields {
						t.Errorf("%s: %s has %d fields, want at most %d", file, n.Name.Name, fields, mostFields)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func countFields(s *ast.StructType) (n int) {
	for _, f := range s.Fields.List {
		n += max(len(f.Names), 1)
	}
	return n
}
