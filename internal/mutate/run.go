package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

type options struct {
	dir, slow string
	files     []string
	only      int
	list      bool
	timeout   time.Duration
	parallel  int
}

// equivalents is the file that lists mutants that behave like the original, and why.
const equivalents = "internal/mutate/equivalent.txt"

// run breaks the package in all ways and returns the number of mutants that no test found.
func run(o options) (int, error) {
	p, err := instrument(o.dir, o.files)
	if err != nil {
		return 0, err
	}
	if o.list {
		for _, m := range p.mutants {
			fmt.Printf("%d %s:%d %s\n", m.id, m.file, m.line, m.name())
		}
		return 0, nil
	}
	reasons, err := readReasons(equivalents)
	if err != nil {
		return 0, err
	}
	binary, err := p.compile(o.dir)
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(binary)) }() // a temporary folder
	t := tests{binary: binary, options: o}
	if _, out := t.found(0); out != "" {
		return 0, fmt.Errorf("the tests fail without a mutant:\n%s", out)
	}
	if o.only != 0 {
		_, out := t.found(o.only)
		fmt.Println(p.mutants[o.only-1].name())
		fmt.Println(out)
		return 0, nil
	}
	return t.all(p.mutants, reasons), nil
}

// compile builds the tests of the package with all mutants.
func (p *instrumented) compile(dir string) (string, error) {
	scratch, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return "", err
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path, source := range p.sources {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		mutated := filepath.Join(scratch, filepath.Base(path))
		if err := os.WriteFile(mutated, source, 0o600); err != nil {
			return "", err
		}
		overlay.Replace[absolute] = mutated
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	name := filepath.Join(scratch, "overlay.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		return "", err
	}
	binary := filepath.Join(scratch, "mutants.test")
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-overlay", name, "-o", binary, "./"+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return binary, nil
}

type tests struct {
	binary string
	options
}

// found reports which tests find a mutant, and their output. The output is empty if no
// test finds it.
func (t *tests) found(id int) (how, output string) {
	for _, stage := range []struct {
		name, flag string
		short      bool // leaves parts of the model out
		limit      time.Duration
	}{{"fast", "-test.skip", true, t.timeout}, {"slow", "-test.run", false, 4 * t.timeout}} {
		ctx, cancel := context.WithTimeout(context.Background(), stage.limit)
		cmd := exec.CommandContext(ctx, t.binary, fmt.Sprintf("-test.short=%t", stage.short), "-test.failfast", stage.flag, t.slow)
		// With LAGKIT_LAB the tests take their full number of seeds.
		cmd.Dir, cmd.Env = t.dir, append(os.Environ(), fmt.Sprintf("MUTANT=%d", id), "LAGKIT_LAB=1")
		cmd.WaitDelay = time.Second
		out, err := cmd.CombinedOutput()
		late := ctx.Err() != nil
		cancel()
		switch {
		case late:
			return "does not end", "does not end"
		case err != nil:
			return stage.name, string(out)
		}
	}
	return "", ""
}

// all runs the tests for each mutant, prints the survivors and returns their number.
func (t *tests) all(mutants []mutant, reasons map[string]string) (survivors int) {
	began := time.Now()
	next := make(chan mutant)
	var mu sync.Mutex
	var wg sync.WaitGroup
	count := map[string]int{}
	var left []mutant
	done := 0
	for range t.parallel {
		wg.Go(func() {
			for m := range next {
				how, _ := t.found(m.id)
				mu.Lock()
				count[how]++
				if done++; done%100 == 0 {
					fmt.Fprintf(os.Stderr, "%d of %d, %v\n", done, len(mutants), time.Since(began).Round(time.Second))
				}
				if how == "" {
					left = append(left, m)
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range mutants {
		next <- m
	}
	close(next)
	wg.Wait()
	slices.SortFunc(left, func(a, b mutant) int { return a.id - b.id })
	explained := 0
	for _, m := range left {
		if reason, ok := reasons[m.name()]; ok {
			explained++
			fmt.Printf("equivalent %d %s:%d %s\n    %s\n", m.id, m.file, m.line, m.name(), reason)
			continue
		}
		survivors++
		fmt.Printf("SURVIVES   %d %s:%d %s\n", m.id, m.file, m.line, m.name())
	}
	fmt.Printf("%d mutants in %v: found by fast tests %d, by slow ones %d, by not ending %d; equivalent %d, survivors %d\n",
		len(mutants), time.Since(began).Round(time.Second), count["fast"], count["slow"], count["does not end"], explained, survivors)
	return survivors
}

// readReasons reads the list of equivalents: the names of mutants, each on its own line,
// followed by indented lines with the reason.
func readReasons(name string) (map[string]string, error) {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	reasons := map[string]string{}
	var group []string // mutants that share the next reason
	told := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "    "):
			for _, m := range group {
				reasons[m] = strings.TrimSpace(reasons[m] + " " + strings.TrimSpace(line))
			}
			told = true
		default:
			if told {
				group, told = nil, false
			}
			group = append(group, line)
		}
	}
	return reasons, nil
}
