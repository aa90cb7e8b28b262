package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

const preamble = `# Conformance

Written by ` + "`go run ./internal/conformance`" + `; edits are lost. Each row is one thing that
IEEE 802.1AX-2014 asks of an implementation of LACP version 1, or one situation
that implementations have got wrong, with the tests that carry its id in their
names. The ids and what they stand for are in ` + "`testdata/conformance.txt`" + `.
`

// mostTests is the number of tests of an id that the table lists by name.
const mostTests = 3

// writeTable returns the table and the ids that no passing test carries.
func writeTable(rows []row, results map[string][]result) (table []byte, problems []string) {
	var body bytes.Buffer
	covered, gaps := 0, 0
	for _, r := range rows {
		if r.id == "" {
			fmt.Fprintf(&body, "\n## %s\n\n| id | what | test | result |\n|---|---|---|---|\n", r.text)
			continue
		}
		verdict := judge(results[r.id])
		switch {
		case verdict == "" && r.gap != "":
			verdict = "no test yet: " + r.gap
			gaps++
		case verdict == "pass":
			covered++
		case verdict == "":
			verdict = "NO TEST"
			problems = append(problems, r.id+" has no test")
		default:
			problems = append(problems, r.id+": "+verdict)
		}
		fmt.Fprintf(&body, "| %s | %s | %s | %s |\n", r.id, r.text, names(results[r.id]), verdict)
	}
	head := fmt.Sprintf("%s\n%d ids are covered, %d are not, %d wait for what they test.\n", preamble, covered, len(problems), gaps)
	return append([]byte(head), body.Bytes()...), problems
}

// judge sums up the results of an id. A failed test outweighs all others, and a passed
// test outweighs skipped ones.
func judge(results []result) string {
	for _, verdict := range []string{"fail", "pass", "skip"} {
		if slices.ContainsFunc(results, func(r result) bool { return r.action == verdict }) {
			return verdict
		}
	}
	return ""
}

func names(results []result) string {
	var list []string
	for _, r := range results {
		if len(list) == mostTests {
			list = append(list, fmt.Sprintf("and %d more", len(results)-mostTests))
			break
		}
		list = append(list, "`"+r.pkg+"."+r.test+"`")
	}
	return strings.Join(list, "<br>")
}
