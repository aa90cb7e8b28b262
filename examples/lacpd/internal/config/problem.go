package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a file: line and column count from 1, columns in characters. Line 0
// means that the place is unknown.
type Position struct{ Line, Column int }

// start is the position of a problem with the whole file.
var start = Position{1, 1}

// Problem is an error in a file, or a warning about it.
type Problem struct {
	At      Position
	Field   string // the key
	Value   string // its value, shortened and quoted where needed
	Text    string // what is allowed, or what to do
	Warning bool   // the file can still be used
}

// In returns the problem as one line that editors can follow:
// file:line:column: field: value: what is allowed.
func (p *Problem) In(file string) string {
	kind := ""
	if p.Warning {
		kind = "warning: "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s: %s: %s", file, p.At.Line, p.At.Column, kind, p.Field, p.Value, p.Text)
}

// Problems collects the problems of a file.
type Problems []Problem

// Refuse adds a value that can't be used, and what is allowed.
func (p *Problems) Refuse(at Position, field, value, allowed string) {
	p.Note(at, field, value, "allowed: "+allowed)
}

// Note adds another kind of error, and what to do about it.
func (p *Problems) Note(at Position, field, value, todo string) {
	*p = append(*p, Problem{At: at, Field: field, Value: value, Text: todo})
}

// Warn adds a value that can be used but is probably a mistake.
func (p *Problems) Warn(at Position, field, value, todo string) {
	*p = append(*p, Problem{At: at, Field: field, Value: value, Text: todo, Warning: true})
}

// Sort sorts the problems by their place. Those of one place keep their order.
func (p Problems) Sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
}

// maxProblems is how many problems of one file are printed.
const maxProblems = 100

// Error reports the problems of a file.
type Error struct {
	File     string
	Problems Problems
}

// Error returns one line per problem, and at most maxProblems+1 lines.
func (e *Error) Error() string { return strings.Join(e.Lines(), "\n") }

// Lines returns the lines of Error.
func (e *Error) Lines() []string {
	var lines []string
	for i := range e.Problems {
		if i == maxProblems {
			return append(lines, fmt.Sprintf("%s: %d further problems", e.File, len(e.Problems)-i))
		}
		lines = append(lines, e.Problems[i].In(e.File))
	}
	return lines
}
