package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// result is the outcome of one test.
type result struct {
	pkg, test, action string // action: pass, fail or skip
}

// runTests runs the tests of packages with -short, and returns the results of tests that
// carry ids, by id.
func runTests(root string, packages []string) (map[string][]result, error) {
	args := []string{"test", "-json", "-short", "-count=1"}
	for _, p := range packages {
		args = append(args, "./"+p)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) { // a failed test is a result, too
		return nil, err
	}
	return readResults(out)
}

func readResults(out []byte) (map[string][]result, error) {
	ids := map[string][]result{}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var e struct{ Action, Package, Test string }
		if err := d.Decode(&e); err != nil {
			return nil, fmt.Errorf("cannot read the output of go test: %w", err)
		}
		if e.Action == "build-fail" || e.Action == "fail" && e.Test == "" {
			fmt.Fprintf(os.Stderr, "%s fails\n", e.Package)
		}
		if e.Test == "" || e.Action != "pass" && e.Action != "fail" && e.Action != "skip" {
			continue
		}
		pkg := e.Package[strings.LastIndex(e.Package, "/")+1:]
		// Only the last part is the subtest's own name.
		name := e.Test[strings.LastIndex(e.Test, "/")+1:]
		for _, id := range idWord.FindAllString(strings.ReplaceAll(name, "_", " "), -1) {
			ids[id] = append(ids[id], result{pkg, e.Test, e.Action})
		}
	}
	for _, results := range ids {
		slices.SortFunc(results, func(a, b result) int {
			return strings.Compare(a.pkg+"."+a.test, b.pkg+"."+b.test)
		})
	}
	return ids, nil
}
