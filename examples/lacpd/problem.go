package main

import (
	"fmt"
	"strings"
)

// problem is an error in a configuration file, or a warning about it.
type problem struct {
	line    int
	field   string
	value   string
	text    string // what is allowed, or what to do
	warning bool   // the file can still be used
}

// in returns the problem as one line that editors can follow:
// file:line: field: value: what is allowed.
func (p *problem) in(file string) string {
	kind := ""
	if p.warning {
		kind = "warning: "
	}
	return fmt.Sprintf("%s:%d: %s%s: %s: %s", file, p.line, kind, p.field, p.value, p.text)
}

// maxProblems is how many problems of one file are printed.
const maxProblems = 100

// fileError reports the problems of a refused configuration file.
type fileError struct {
	file     string
	problems []problem
}

// Error returns one line per problem, and at most maxProblems+1 lines.
func (e *fileError) Error() string { return strings.Join(e.lines(), "\n") }

func (e *fileError) lines() []string {
	var lines []string
	for i := range e.problems {
		if i == maxProblems {
			return append(lines, fmt.Sprintf("%s: %d further problems", e.file, len(e.problems)-i))
		}
		lines = append(lines, e.problems[i].in(e.file))
	}
	return lines
}
