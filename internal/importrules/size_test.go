package importrules

import (
	"go/ast"
	"go/token"
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
	eachFile(t, 0, func(file string, set *token.FileSet, parsed *ast.File) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if lines := set.Position(n.End()).Line - set.Position(n.Pos()).Line + 1; lines > mostLines && !tables.MatchString(file) {
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
	})
}

func countFields(s *ast.StructType) (n int) {
	for _, f := range s.Fields.List {
		n += max(len(f.Names), 1)
	}
	return n
}
