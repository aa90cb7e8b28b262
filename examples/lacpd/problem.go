package main

import (
	"fmt"
	"strings"
)

// problem is one thing that is wrong in a configuration file, or that a reader
// of it should know.
type problem struct {
	line    int
	field   string
	value   string
	text    string // what is allowed, or what to do
	warning bool   // the file can be used all the same
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

// fileError reports the problems of a configuration file that is refused.
type fileError struct {
	file     string
	problems []problem
}

// Error has one line per problem, at most maxProblems and one.
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
