package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// row is one line of the list: an id, its subject and, if it has no test, the reason. A
// heading has only a text.
type row struct {
	id, text, gap string
}

// idWord matches an id that is a word.
var idWord = regexp.MustCompile(`\b(?:[A-Z]{3}-\d\d|[A-EI]\d\d)\b`)

// readList reads the list of ids.
func readList(name string) ([]row, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	var rows []row
	seen := map[string]bool{}
	lines := bufio.NewScanner(f)
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			rows = append(rows, row{text: heading})
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, " | ")
		if len(fields) < 2 || len(fields) > 3 || idWord.FindString(fields[0]) != fields[0] || seen[fields[0]] {
			return nil, fmt.Errorf("%s:%d: got %q, want a new id, its subject and an optional reason, separated by \" | \"", name, number, line)
		}
		seen[fields[0]] = true
		r := row{id: fields[0], text: fields[1]}
		if len(fields) == 3 {
			r.gap = fields[2]
		}
		rows = append(rows, r)
	}
	return rows, lines.Err()
}
