package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// module is the path of the module that is checked.
const module = "github.com/lagkit/lagkit"

// change is an incompatible change of an identifier, or of a whole package.
type change struct {
	pkg   string   // the package's folder
	names []string // each of them announces the change; none for a package
}

// changedType finds the old type of an identifier whose type has changed.
var changedType = regexp.MustCompile(`^changed from ([\pL\pN_]+) to `)

// parseChange parses a line of apidiff, such as
//
//   - ./bond.(*Bond).AddMember: changed from func(Link) error to func(Port) error
//   - ./lacp.PolicyStable: changed from Policy to AggregatorPolicy
//   - package github.com/lagkit/lagkit/bond/bench: removed
//
// Names are AddMember and Bond in the first, and PolicyStable and Policy in the second.
func parseChange(line string) (change, error) {
	subject, what, ok := strings.Cut(strings.TrimPrefix(line, "- "), ": ")
	if !ok || !strings.HasPrefix(line, "- ") {
		return change{}, fmt.Errorf("line %q is not a change", line)
	}
	if pkg, ok := strings.CutPrefix(subject, "package "+module+"/"); ok {
		return change{pkg: pkg}, nil
	}
	subject, ok = strings.CutPrefix(subject, "./")
	if !ok {
		return change{}, fmt.Errorf("line %q names no package", line)
	}
	dir, last := path.Split(subject)
	last, name, _ := strings.Cut(last, ".")
	name, _, _ = strings.Cut(name, ",")
	names := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("(*).", r) })
	if old := changedType.FindStringSubmatch(what); old != nil {
		names = append(names, old[1])
	}
	return change{dir + last, names}, nil
}

// private reports whether the package is not for import by other modules.
func (c change) private() bool {
	top, _, _ := strings.Cut(c.pkg, "/")
	return top == "examples" || top == "fuzz" || top == "internal"
}

// announced reports whether an entry names the change.
func (c change) announced(entries []entry) bool {
	for _, e := range entries {
		pkg := slices.Contains(e, c.pkg) || slices.Contains(e, path.Base(c.pkg))
		named := c.names == nil || slices.ContainsFunc(c.names, func(name string) bool { return slices.Contains(e, name) })
		if pkg && named {
			return true
		}
	}
	return false
}
