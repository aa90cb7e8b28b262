package netlab

import (
	"flag"
	"strconv"
)

// Parallel lets up to atOnce tests that call t.Parallel run at a time, unless -parallel is given.
// A package's TestMain calls it: tests in namespaces mostly wait for the kernel, so that there
// may be more of them than processors.
func Parallel(atOnce int) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return
	}
	if err := flag.Set("test.parallel", strconv.Itoa(atOnce)); err != nil {
		panic(err) // package testing has the flag
	}
}
