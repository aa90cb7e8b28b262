// Mutate breaks the guards of a package one at a time and shows that a test fails
// for each: every condition of an if and of a case is negated, made always true and
// made never true, every operand of && and || is left out, and every value of a
// case is.
//
//	go run ./internal/mutate                        package lacp, all its files
//	go run ./internal/mutate -files receive.go,mux.go
//	go run ./internal/mutate -only 17               one mutant, with the output of the tests
//	go run ./internal/mutate -list                  what would be broken
//
// The package is compiled once, with all mutants in it, of which the environment
// chooses one. Each is first given to the tests that are fast, then to the others;
// one that runs for longer than -timeout counts as found. Survivors are listed and
// make the exit status 1, unless equivalent.txt says why no test can find them.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", "lacp", "folder of the package")
	files := flag.String("files", "", "only these files of it, separated by commas")
	flag.IntVar(&o.only, "only", 0, "run this mutant alone and show what the tests say")
	flag.BoolVar(&o.list, "list", false, "list the mutants and run none")
	flag.StringVar(&o.slow, "slow", "TestModel|TestSwarm|TestRandomFrames|TestScale|TestDeadlineIsExact|TestAgenda", "the tests to be run last")
	flag.DurationVar(&o.timeout, "timeout", 20*time.Second, "for each run of the tests")
	flag.IntVar(&o.parallel, "parallel", 2, "how many mutants are run at a time")
	flag.Parse()
	if *files != "" {
		o.files = strings.Split(*files, ",")
	}
	survivors, err := run(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if survivors > 0 {
		os.Exit(1)
	}
}
