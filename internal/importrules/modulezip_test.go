package importrules

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// The limits of a module zip, in octets, from https://go.dev/ref/mod#zip-files.
const (
	zipMost     = 500 << 20
	goModMost   = 16 << 20
	licenseMost = 16 << 20
)

// zipFile is a file of the module. Its path is relative to the root and has slashes.
type zipFile struct {
	path    string
	octets  int64
	regular bool
}

// reservedNames are file names that Windows reserves for devices, with any extension.
var reservedNames = [...]string{
	"CON", "PRN", "AUX", "NUL",
	"COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
	"LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
}

// checkZipPath returns an error if a module zip cannot hold a file of that path.
func checkZipPath(name string) error {
	if !utf8.ValidString(name) {
		return fmt.Errorf("%q is not UTF-8", name)
	}
	for elem := range strings.SplitSeq(name, "/") {
		if strings.Trim(elem, ".") == "" {
			return fmt.Errorf("%q has the path element %q", name, elem)
		}
		if strings.HasSuffix(elem, ".") {
			return fmt.Errorf("%q has an element that ends with a dot", name)
		}
		for _, r := range elem {
			if !zipRune(r) {
				return fmt.Errorf("%q has the character %q", name, r)
			}
		}
		stem, _, _ := strings.Cut(elem, ".")
		for _, reserved := range reservedNames {
			if strings.EqualFold(stem, reserved) {
				return fmt.Errorf("%q has the element %q, which Windows reserves", name, elem)
			}
		}
	}
	return nil
}

// zipRune reports whether a file name in a module zip may contain r.
func zipRune(r rune) bool {
	switch {
	case r >= utf8.RuneSelf:
		return unicode.IsLetter(r)
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return true
	}
	return strings.ContainsRune("!#$%&()+,-.=@[]^_{}~ ", r)
}

// foldPath returns the same string for all paths that differ only in case.
func foldPath(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, name)
}

// checkZip returns an error with all reasons why a module zip cannot hold these files, or
// nil if it can.
func checkZip(files []zipFile) error {
	var faults []error
	total := int64(0)
	type entry struct {
		path   string
		folder bool
	}
	seen := make(map[string]entry)
	for _, f := range files {
		if err := checkZipPath(f.path); err != nil {
			faults = append(faults, err)
		}
		for p, folder := f.path, false; p != "."; p, folder = path.Dir(p), true {
			other, ok := seen[foldPath(p)]
			if ok && other != (entry{p, folder}) {
				faults = append(faults, fmt.Errorf("%q and %q are one file where case does not matter", p, other.path))
			}
			if ok {
				break
			}
			seen[foldPath(p)] = entry{p, folder}
		}
		total += f.octets
		base := path.Base(f.path)
		switch {
		case !f.regular:
			faults = append(faults, fmt.Errorf("%q is not a regular file: the zip leaves it out", f.path))
		case strings.EqualFold(base, "go.mod") && base != "go.mod":
			faults = append(faults, fmt.Errorf("%q must be spelled go.mod", f.path))
		case base == "go.mod" && f.octets > goModMost:
			faults = append(faults, fmt.Errorf("%q has %d octets, allowed: %d", f.path, f.octets, goModMost))
		case base == "LICENSE" && f.octets > licenseMost:
			faults = append(faults, fmt.Errorf("%q has %d octets, allowed: %d", f.path, f.octets, licenseMost))
		}
	}
	if total > zipMost {
		faults = append(faults, fmt.Errorf("the files have %d octets, allowed: %d", total, zipMost))
	}
	return errors.Join(faults...)
}

func TestModuleZipRulesBOX08(t *testing.T) {
	file := func(name string) zipFile { return zipFile{name, 1, true} }
	for _, c := range []struct {
		name  string
		files []zipFile
		want  string // empty if there is no fault
	}{
		{"plain", []zipFile{file("go.mod"), file("LICENSE"), file("a/b_test.go"), file(".ci/run"), file("a/c d,e~1.x")}, ""},
		{"letters of other scripts", []zipFile{file("a/日本.txt")}, ""},
		{"reserved within a name", []zipFile{file("a/console.go"), file("a/com10"), file("a/x.con")}, ""},
		{"apostrophe", []zipFile{file("a/end's.pcap")}, `has the character '\''`},
		{"quote", []zipFile{file(`a/"b"`)}, "has the character"},
		{"colon", []zipFile{file("a/02:00.pcap")}, "has the character ':'"},
		{"backslash", []zipFile{file(`a\b`)}, "has the character"},
		{"star", []zipFile{file("a/*")}, "has the character '*'"},
		{"question mark", []zipFile{file("a/b?")}, "has the character '?'"},
		{"pipe", []zipFile{file("a/b|c")}, "has the character '|'"},
		{"less", []zipFile{file("a/b<c>")}, "has the character '<'"},
		{"semicolon", []zipFile{file("a/b;c")}, "has the character ';'"},
		{"backquote", []zipFile{file("a/`b`")}, "has the character"},
		{"line feed", []zipFile{file("a/b\nc")}, `has the character '\n'`},
		{"symbol", []zipFile{file("a/b→c")}, "has the character '→'"},
		{"no UTF-8", []zipFile{file("a/\xff")}, "is not UTF-8"},
		{"dots", []zipFile{file("a/.../b")}, `path element "..."`},
		{"empty element", []zipFile{file("a//b")}, `path element ""`},
		{"dot at the end", []zipFile{file("a./b")}, "ends with a dot"},
		{"device", []zipFile{file("a/aux.go")}, "Windows reserves"},
		{"folder named as a device", []zipFile{file("Com1/a")}, "Windows reserves"},
		{"case of a file", []zipFile{file("a/B"), file("a/b")}, "one file where case does not matter"},
		{"case of a folder", []zipFile{file("a/B/x"), file("a/b/y")}, `"a/b" and "a/B"`},
		{"case of letters beyond ASCII", []zipFile{file("ſ"), file("S")}, "one file where case does not matter"},
		{"file and folder", []zipFile{file("a/b"), file("A/B/c")}, "one file where case does not matter"},
		{"link", []zipFile{{"a", 1, false}}, "not a regular file"},
		{"spelling of go.mod", []zipFile{file("GO.MOD")}, "spelled go.mod"},
		{"large go.mod", []zipFile{{"go.mod", goModMost + 1, true}}, "allowed: 16777216"},
		{"large licence", []zipFile{{"LICENSE", licenseMost + 1, true}}, "allowed: 16777216"},
		{"large files", []zipFile{{"a", zipMost, true}, {"b", 1, true}}, "allowed: 524288000"},
		{"just not too large", []zipFile{{"go.mod", goModMost, true}, {"LICENSE", licenseMost, true}, {"a", zipMost - goModMost - licenseMost, true}}, ""},
	} {
		got := ""
		if err := checkZip(c.files); err != nil {
			got = err.Error()
		}
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got fault %q, want %q", c.name, got, c.want)
		}
	}
}

// TestTrackedFilesFitAModuleZipBOX08 checks that the go command can make a zip of the
// module, so that a program can import it.
func TestTrackedFilesFitAModuleZipBOX08(t *testing.T) {
	files := trackedFiles(t)
	if len(files) < 500 {
		t.Errorf("found %d files, want all files of the module, more than 500", len(files))
	}
	if err := checkZip(files); err != nil {
		t.Error(err)
	}
}

// trackedFiles returns the files of the module: those that git tracks or, in a copy without
// git, all files outside hidden folders.
func trackedFiles(t *testing.T) []zipFile {
	t.Helper()
	git := exec.Command("git", "ls-files", "-z")
	git.Dir = root
	list, err := git.Output()
	if err != nil {
		t.Logf("git ls-files failed, checking all files of the tree: %v", err)
		return treeFiles(t)
	}
	var files []zipFile
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		info, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed but not committed yet
		} else if err != nil {
			t.Fatal(err)
		}
		files = append(files, zipFile{name, info.Size(), info.Mode().IsRegular()})
	}
	return files
}

func treeFiles(t *testing.T) []zipFile {
	t.Helper()
	var files []zipFile
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != root:
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		files = append(files, zipFile{filepath.ToSlash(rel), info.Size(), d.Type().IsRegular()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
