package importrules

import (
	"flag"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var proposeOrder = flag.Bool("order", false, "print an order of each package's files with few references back up")

// fileOrders are the packages whose doc.go lists their files from the bottom up, and how
// many references may run back up: from a file to one that is listed after it.
var fileOrders = map[string]int{"bond": 2, "lacp": 1}

// reference is a use of a name of one file in another.
type reference struct{ user, definer string }

// noImports stands in for all other packages: references inside of a package need none.
type noImports struct{}

func (noImports) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
	p.MarkComplete()
	return p, nil
}

// fileReferences returns the files of a package and the references between them.
func fileReferences(t *testing.T, dir string) (files []string, refs map[reference]bool) {
	t.Helper()
	set := token.NewFileSet()
	var parsed []*ast.File
	list, err := build.Default.ImportDir(filepath.Join(root, dir), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range list.GoFiles {
		f, err := parser.ParseFile(set, filepath.Join(root, dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
		if name != "doc.go" {
			files = append(files, name)
		}
	}
	info := &types.Info{Uses: make(map[*ast.Ident]types.Object), Selections: make(map[*ast.SelectorExpr]*types.Selection)}
	config := types.Config{Importer: noImports{}, Error: func(error) {}} // other packages are empty
	pkg, _ := config.Check(dir, set, parsed, info)
	refs = make(map[reference]bool)
	for id, obj := range info.Uses {
		if obj.Pkg() != pkg || !obj.Pos().IsValid() {
			continue
		}
		user, definer := filepath.Base(set.Position(id.Pos()).Filename), filepath.Base(set.Position(obj.Pos()).Filename)
		if user != definer && definer != "doc.go" {
			refs[reference{user, definer}] = true
		}
	}
	return files, refs
}

// backUp returns the references that run back up in an order.
func backUp(order []string, refs map[reference]bool) (back []reference) {
	place := make(map[string]int)
	for i, f := range order {
		place[f] = i
	}
	for r := range refs {
		if place[r.definer] > place[r.user] {
			back = append(back, r)
		}
	}
	slices.SortFunc(back, func(a, b reference) int { return strings.Compare(a.user+a.definer, b.user+b.definer) })
	return back
}

// goodOrder returns an order with few references back up. It sorts the files by how much they
// use and are used, and then moves single files as long as that helps.
func goodOrder(files []string, refs map[reference]bool) []string {
	order := slices.Clone(files)
	uses := func(f string) (n int) {
		for r := range refs {
			if r.user == f {
				n++
			} else if r.definer == f {
				n--
			}
		}
		return n
	}
	slices.SortStableFunc(order, func(a, b string) int { return uses(a) - uses(b) })
	for better := true; better; {
		better = false
		for _, f := range files {
			from := slices.Index(order, f)
			rest := slices.Delete(slices.Clone(order), from, from+1)
			best, bestBack := from, len(backUp(order, refs))
			for to := range order {
				if n := len(backUp(slices.Insert(slices.Clone(rest), to, f), refs)); n < bestBack {
					best, bestBack = to, n
				}
			}
			if best != from {
				order, better = slices.Insert(rest, best, f), true
			}
		}
	}
	return order
}

var goFile = regexp.MustCompile(`[a-z0-9_]+\.go`)

// TestFileOrder checks that references inside of a package run downwards, in the order of
// the files that its doc.go gives.
func TestFileOrder(t *testing.T) {
	for dir, most := range fileOrders {
		files, refs := fileReferences(t, dir)
		if *proposeOrder {
			order := goodOrder(files, refs)
			t.Logf("%s: %d of %d references run back up:\n%s", dir, len(backUp(order, refs)), len(refs), strings.Join(order, " "))
			continue
		}
		_, listed, ok := strings.Cut(strings.Join(readLines(t, filepath.Join(dir, "doc.go")), "\n"), "# Files")
		if !ok {
			t.Errorf("%s/doc.go does not list the files of the package", dir)
			continue
		}
		order := goFile.FindAllString(listed, -1)
		if !slices.Equal(slices.Sorted(slices.Values(order)), slices.Sorted(slices.Values(files))) {
			t.Errorf("%s/doc.go lists %d files, want each of the %d once: missing or unknown are %v", dir, len(order), len(files), difference(order, files))
			continue
		}
		back := backUp(order, refs)
		t.Logf("%s: %d of %d references between files run back up: %v", dir, len(back), len(refs), back)
		if len(back) != most {
			t.Errorf("%s: %d references run back up, want %d: lower the limit, or the reference", dir, len(back), most)
		}
	}
}

// difference returns what only one of two lists has.
func difference(a, b []string) (only []string) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			only = append(only, x)
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			only = append(only, x)
		}
	}
	return only
}
