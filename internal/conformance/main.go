// Conformance runs the tests that carry an id of lacp/testdata/conformance.txt in their
// names and writes lacp/CONFORMANCE.md, which lists each id, its subject, its tests and
// their result.
//
// A test carries an id if the id is a word of its name, as in
// t.Run("RXM-03 EXPIRED lasts 3 s", ...). The tests of this package search the sources for
// each id and run no other tests.
//
// With -check it writes nothing and fails if the file is not up to date.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// packages lists the packages with tests that carry ids.
var packages = []string{"lacp", "marker", "bond", "internal/sim"}

const (
	listFile  = "lacp/testdata/conformance.txt"
	tableFile = "lacp/CONFORMANCE.md"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if "+tableFile+" is not up to date")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(check bool) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	rows, err := readList(filepath.Join(root, listFile))
	if err != nil {
		return err
	}
	results, err := runTests(root, packages)
	if err != nil {
		return err
	}
	table, problems := writeTable(rows, results)
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	name := filepath.Join(root, tableFile)
	old, _ := os.ReadFile(name)
	switch {
	case !check:
		if err := os.WriteFile(name, table, 0o644); err != nil {
			return err
		}
	case !bytes.Equal(old, table):
		return fmt.Errorf("%s is not up to date: go run ./internal/conformance", tableFile)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d ids have no passing test", len(problems))
	}
	return nil
}

// moduleRoot returns the nearest folder, from the current one up, that has a go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no go.mod in the current folder or above")
		}
		dir = parent
	}
}
