// Apicheck reads incompatible changes of the module's API, as apidiff prints them, and lists
// those that a changelog does not announce. It exits with status 1 if there is one.
//
//	apidiff -m -incompatible OLD NEW | go run ./internal/apicheck CHANGELOG.md
//
// An entry announces a change if it stands under the heading "### Breaking" of the newest
// section and names, in code spans, the package and the identifier. The type is enough for its
// methods, fields and constants, and a method's or field's own name is too:
//
//   - `lacp`: `Config.HeedExpired` is now `TreatExpiredAsOutOfSync`.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: apicheck CHANGELOG <CHANGES")
		os.Exit(2)
	}
	changelog, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "apicheck:", err)
		os.Exit(2)
	}
	missing, err := check(os.Stdin, string(changelog), os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "apicheck:", err)
		os.Exit(2)
	}
	if missing > 0 {
		fmt.Fprintf(os.Stderr, "%d incompatible changes are not announced under \"### Breaking\" in the newest section of %s\n", missing, os.Args[1])
		os.Exit(1)
	}
}

// check prints the changes that the changelog does not announce, then a summary, and returns
// their number.
func check(changes io.Reader, changelog string, out io.Writer) (missing int, err error) {
	entries := breaking(changelog)
	found := 0
	for lines := bufio.NewScanner(changes); ; {
		if !lines.Scan() {
			fmt.Fprintf(out, "%d incompatible changes, %d announced\n", found, found-missing)
			return missing, lines.Err()
		}
		c, err := parseChange(lines.Text())
		if err != nil {
			return 0, err
		}
		if c.private() {
			continue
		}
		found++
		if !c.announced(entries) {
			missing++
			fmt.Fprintln(out, lines.Text())
		}
	}
}
