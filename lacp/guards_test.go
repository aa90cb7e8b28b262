package lacp

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Some test takes every guard of every next… function. Tests record the transitions of
// their Systems. After all tests have run, main_test.go compares them with the guards
// in the sources.

// guard is one exit from a machine's state, worded as in its transitions.
type guard struct {
	machine   Machine
	from, why string // from is empty if the guard applies in any state
}

// takenGuards holds the guards that tests have taken, each with and without its state.
var takenGuards = map[guard]bool{}

// noteGuard records a guard. It is used as the Trace of a Config.
func noteGuard(t Transition) {
	takenGuards[guard{t.Machine, t.From, t.Why}] = true
	takenGuards[guard{t.Machine, "", t.Why}] = true
}

// nextFunctions maps the functions that contain guards to their machines.
var nextFunctions = map[string][]Machine{
	"nextReceive":   {MachineReceive},
	"nextPeriodic":  {MachinePeriodic},
	"nextSelection": {MachineSelection},
	"nextMux":       {MachineMux},
	"nextChurn":     {MachineActorChurn, MachinePartnerChurn},
}

// stateIdentifiers maps the identifiers of states to their names in transitions.
func stateIdentifiers() map[string]string {
	names := map[string]string{}
	for name, s := range map[string]fmt.Stringer{
		"ReceiveCurrent": ReceiveCurrent, "ReceiveExpired": ReceiveExpired, "ReceiveDefaulted": ReceiveDefaulted,
		"ReceiveInitialize": ReceiveInitialize, "ReceiveLACPDisabled": ReceiveLACPDisabled, "ReceivePortDisabled": ReceivePortDisabled,
		"PeriodicNone": PeriodicNone, "FastPeriodic": FastPeriodic, "SlowPeriodic": SlowPeriodic, "PeriodicTx": PeriodicTx,
		"MuxDetached": MuxDetached, "MuxWaiting": MuxWaiting, "MuxAttached": MuxAttached, "MuxCollecting": MuxCollecting,
		"MuxDistributing": MuxDistributing, "MuxCollectingDistributing": MuxCollectingDistributing,
		"ChurnNone": ChurnNone, "Churn": Churn, "ChurnMonitor": ChurnMonitor,
	} {
		names[name] = s.String()
	}
	return names
}

// guardsNotTaken compares the sources with takenGuards. Call it only if all tests ran.
func guardsNotTaken() (missing []string) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		return []string{err.Error()}
	}
	texts, err := textsOfCauses()
	if err != nil {
		return []string{err.Error()}
	}
	seen := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return []string{err.Error()}
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "next") || f.Body == nil || f.Type.Results.NumFields() < 2 {
				continue
			}
			seen[f.Name.Name] = true
			if nextFunctions[f.Name.Name] == nil {
				missing = append(missing, f.Name.Name+" is not in nextFunctions")
			}
			for _, g := range guardsOf(f, texts) {
				for _, m := range nextFunctions[f.Name.Name] {
					g.machine = m
					if !takenGuards[g] {
						missing = append(missing, fmt.Sprintf("%s: no test leaves %q by %q", f.Name.Name, g.from, g.why))
					}
				}
			}
		}
	}
	for name := range nextFunctions {
		if !seen[name] {
			missing = append(missing, "there is no function "+name)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// textsOfCauses maps the identifiers of causes to their texts, as cause.go has them.
func textsOfCauses() (map[string]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "cause.go", nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if row, ok := n.(*ast.KeyValueExpr); ok {
			texts[row.Key.(*ast.Ident).Name], err = strconv.Unquote(row.Value.(*ast.BasicLit).Value)
		}
		return err == nil
	})
	return texts, err
}

// guardsOf returns the guards in the return statements of a next… function.
func guardsOf(f *ast.FuncDecl, texts map[string]string) (guards []guard) {
	names := stateIdentifiers()
	var walk func(n ast.Node, from []string)
	walk = func(n ast.Node, from []string) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SwitchStmt:
				for _, s := range n.Body.List {
					clause := s.(*ast.CaseClause)
					inner := from
					if states := statesOf(clause, names); n.Tag != nil && states != nil {
						inner = states
					}
					for _, b := range clause.Body {
						walk(b, inner)
					}
				}
				return false
			case *ast.ReturnStmt:
				why, ok := n.Results[len(n.Results)-1].(*ast.Ident)
				if !ok || texts[why.Name] == "" {
					return false
				}
				text := texts[why.Name]
				if from == nil {
					guards = append(guards, guard{why: text})
				}
				for _, s := range from {
					guards = append(guards, guard{from: s, why: text})
				}
			}
			return true
		})
	}
	walk(f.Body, nil)
	return guards
}

// statesOf returns the states that a case is for; a default is the state before BEGIN.
func statesOf(c *ast.CaseClause, names map[string]string) (states []string) {
	if c.List == nil {
		return []string{"BEGIN"}
	}
	for _, e := range c.List {
		if i, ok := e.(*ast.Ident); ok && names[i.Name] != "" {
			states = append(states, names[i.Name])
		}
	}
	return states
}

// wholeRun reports whether all tests run, not a selection.
func wholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return true
}
