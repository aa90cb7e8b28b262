package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is one way to break one guard.
type mutant struct {
	id             int
	file, function string
	line           int
	what           string // negated, always, never, left out
	guard          string // text of the guard
}

// name identifies a mutant even if lines are added or removed elsewhere.
func (m mutant) name() string {
	return strings.Join([]string{m.file, m.function, m.what, m.guard}, " | ")
}

// edit is a text to insert into a file.
type edit struct {
	offset, order int
	text          string
}

// instrumented is a package with all its mutants in it.
type instrumented struct {
	mutants []mutant
	sources map[string][]byte // by path
}

// instrument reads the package of a folder and adds all its mutants.
func instrument(dir string, only []string) (*instrumented, error) {
	set := token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s holds no package", dir)
	}
	var files []*ast.File
	for _, path := range paths {
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	name := files[0].Name.Name
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: importer.ForCompiler(set, "source", nil)}
	if _, err := config.Check(name, set, files, info); err != nil {
		return nil, err
	}
	out := &instrumented{sources: map[string][]byte{}}
	for i, path := range paths {
		if only != nil && !slices.Contains(only, filepath.Base(path)) {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		v := &visitor{out: out, info: info, set: set, file: files[i], source: source}
		v.visit()
		out.sources[path] = v.apply()
	}
	out.sources[filepath.Join(dir, "mutant_switch.go")] = []byte(fmt.Sprintf(chooser, name))
	return out, nil
}

// chooser is the file that instrument adds to the package.
const chooser = `package %s

import (
	"os"
	"strconv"
)

var mutantChosen, _ = strconv.Atoi(os.Getenv("MUTANT"))

// mutantIs reports whether a mutant is the chosen one. It panics if it is called more
// often than any test does, because the mutant then has caused an endless loop.
func mutantIs(id int) bool {
	if mutantChosen != id {
		return false
	}
	if mutantAsked++; mutantAsked > 30_000_000 {
		panic("the mutant causes an endless loop")
	}
	return true
}

var mutantAsked int

// mutantDrop returns a value that no case has if the mutant is the chosen one.
func mutantDrop[T ~uint8](id int, v T) T {
	if mutantChosen == id {
		return 0xee
	}
	return v
}
`

type visitor struct {
	out      *instrumented
	info     *types.Info
	set      *token.FileSet
	file     *ast.File
	source   []byte
	function string
	edits    []edit
}

func (v *visitor) visit() {
	for _, d := range v.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		v.function = f.Name.Name
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.IfStmt:
				v.condition(n.Cond)
			case *ast.SwitchStmt:
				for _, s := range n.Body.List {
					for _, e := range s.(*ast.CaseClause).List {
						if n.Tag == nil {
							v.condition(e)
						} else {
							v.value(e)
						}
					}
				}
			case *ast.BinaryExpr:
				if n.Op == token.LAND || n.Op == token.LOR {
					v.operand(n, n.X)
					v.operand(n, n.Y)
				}
			}
			return true
		})
	}
}

func (v *visitor) constant(e ast.Expr) bool { return v.info.Types[e].Value != nil }

// condition makes the mutants of a whole condition. The condition becomes
// (cond != negated || always) && !never.
func (v *visitor) condition(e ast.Expr) {
	if v.constant(e) {
		return
	}
	negated, always, never := v.mutant(e, "negated"), v.mutant(e, "always"), v.mutant(e, "never")
	v.wrap(e, "((((", fmt.Sprintf(") != mutantIs(%d)) || mutantIs(%d)) && !mutantIs(%d))", negated, always, never))
}

// operand makes the mutant that leaves out one side of && or ||.
func (v *visitor) operand(of *ast.BinaryExpr, e ast.Expr) {
	if inner, ok := e.(*ast.BinaryExpr); ok && inner.Op == of.Op {
		return // it makes mutants of its own operands
	}
	id := v.mutant(e, "left out")
	if of.Op == token.LAND {
		v.wrap(e, "((", fmt.Sprintf(") || mutantIs(%d))", id))
	} else {
		v.wrap(e, "((", fmt.Sprintf(") && !mutantIs(%d))", id))
	}
}

// value makes the mutant that removes one value of a case.
func (v *visitor) value(e ast.Expr) {
	tv := v.info.Types[e]
	if basic, ok := tv.Type.Underlying().(*types.Basic); !ok || basic.Kind() != types.Uint8 {
		return
	}
	v.wrap(e, fmt.Sprintf("mutantDrop(%d, ", v.mutant(e, "left out")), ")")
}

// mutant adds a mutant and returns its id.
func (v *visitor) mutant(e ast.Expr, what string) int {
	at := v.set.Position(e.Pos())
	id := len(v.out.mutants) + 1
	v.out.mutants = append(v.out.mutants, mutant{
		id: id, file: filepath.Base(at.Filename), function: v.function, line: at.Line, what: what,
		guard: strings.Join(strings.Fields(string(v.source[at.Offset:v.set.Position(e.End()).Offset])), " "),
	})
	return id
}

// wrap puts text around an expression. If two expressions begin or end at the same place,
// the outer one must be wrapped first.
func (v *visitor) wrap(e ast.Expr, before, after string) {
	n := len(v.edits)
	v.edits = append(v.edits,
		edit{v.set.Position(e.Pos()).Offset, n, before},
		edit{v.set.Position(e.End()).Offset, -n, after})
}

func (v *visitor) apply() []byte {
	slices.SortStableFunc(v.edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.order, b.order))
	})
	var out []byte
	last := 0
	for _, e := range v.edits {
		out = append(append(out, v.source[last:e.offset]...), e.text...)
		last = e.offset
	}
	return append(out, v.source[last:]...)
}
