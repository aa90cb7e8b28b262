package lacp

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func TestHistory(t *testing.T) {
	d := newDUT(t, Config{}, PortConfig{})
	d.up(1)
	d.keepUp(3*time.Second, []PortNumber{1})
	want := slices.DeleteFunc(slices.Clone(d.trace), func(tr Transition) bool {
		return tr.Machine == MachinePeriodic && (tr.From == "PERIODIC_TX" || tr.To == "PERIODIC_TX")
	})
	if got := d.History(1); !slices.Equal(got, want) || len(got) < 10 {
		t.Errorf("history\n%v\ntrace\n%v", got, want)
	}
	if got := d.Since(1, MachineMux); got != d.port(1).Reason.Since {
		t.Errorf("Since(1, MachineMux) = %v, want %v", got, d.port(1).Reason.Since)
	}
	if d.History(2) != nil || !d.Since(2, MachineMux).IsZero() {
		t.Error("a port that does not exist has a history")
	}
	t.Run("the last 64", func(t *testing.T) {
		for range 40 {
			d.down(1)
			d.up(1)
		}
		got := d.History(1)
		if len(got) != HistoryLen || got[63] != d.trace[len(d.trace)-1] || !got[0].At.Equal(d.trace[len(d.trace)-64].At) {
			t.Errorf("%d transitions, from %v to %v", len(got), got[0], got[len(got)-1])
		}
		if !d.Since(1, MachineMux).IsZero() && d.Since(1, MachineMux).Before(got[0].At) {
			t.Error("Since returned a time although the transition is no longer in the history")
		}
	})
}

// All guards and causes in the sources are in the list, and vice versa.
func TestGuardsAreListed(t *testing.T) {
	const first = "UCT"
	inList := map[string]bool{}
	for _, g := range guards[1:] {
		if inList[g] {
			t.Errorf("%q is listed twice", g)
		}
		inList[g] = true
	}
	used := map[string]bool{}
	fset := token.NewFileSet()
	for _, name := range []string{"receive.go", "periodic.go", "mux.go", "churn.go", "selection.go", "record.go", "system.go", "standby.go", "fallback.go", "restore.go", "drain.go", "guard.go"} {
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		note := func(e ast.Expr) {
			if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, _ := strconv.Unquote(lit.Value); s != "" {
					used[s] = true
				}
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ReturnStmt:
				f := len(n.Results)
				if f == 2 || f == 1 && name == "mux.go" {
					note(n.Results[f-1])
				}
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && strings.HasSuffix(strings.ToLower(sel.Sel.Name), "select") {
					note(n.Args[len(n.Args)-1])
				}
			case *ast.ValueSpec:
				if name == "guard.go" && len(n.Names) == 1 && strings.HasPrefix(n.Names[0].Name, "why") {
					note(n.Values[0])
				}
			}
			return true
		})
	}
	for s := range used {
		if !inList[s] {
			t.Errorf("%q is not listed", s)
		}
	}
	for s := range inList {
		if !used[s] {
			t.Errorf("%q is listed but not used", s)
		}
	}
	if !used[first] {
		t.Error("no guards found in the sources")
	}
}

// The memory of a port.
func TestPortSize(t *testing.T) {
	size := unsafe.Sizeof(port{}) + unsafe.Sizeof(history{})
	t.Logf("a port takes %d octets, %d of them its history", size, unsafe.Sizeof(history{}))
	if size > 2048 {
		t.Errorf("a port takes %d octets, want at most 2048", size)
	}
}
