// Mutate breaks the guards of a package one at a time and shows that a test fails for
// each. It negates every condition of an if and of a case, makes it always true and never
// true, and leaves out every operand of && and || and every value of a case.
//
//	go run ./internal/mutate                        package lacp, all its files
//	go run ./internal/mutate -files receive.go,mux.go
//	go run ./internal/mutate -only 17               one mutant, with the output of the tests
//	go run ./internal/mutate -list                  list the mutants and run none
//
// It compiles the package once, with all mutants in it; an environment variable chooses
// one. Fast tests run first for each mutant, then the others. A mutant that runs for
// longer than -timeout counts as found. Mutate lists the survivors and exits with status
// 1, unless equivalent.txt explains why no test can find them.
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
	flag.IntVar(&o.only, "only", 0, "run this mutant alone and show the output of the tests")
	flag.BoolVar(&o.list, "list", false, "list the mutants and run none")
	flag.StringVar(&o.slow, "slow", "TestModel|TestSwarm|TestRandomFrames|TestScale|TestDeadlineIsExact|TestAgenda", "the tests to run last")
	flag.DurationVar(&o.timeout, "timeout", 40*time.Second, "time limit for the fast tests of a mutant; the slow ones have four times as long")
	flag.IntVar(&o.parallel, "parallel", 2, "number of mutants to run at a time")
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
