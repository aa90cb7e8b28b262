package importrules

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/lagkit/lagkit/"
)

// core is what the three packages may import that firmware embeds.
var core = map[string][]string{
	"lacp":   {"cmp", "encoding", "encoding/binary", "errors", "iter", "math", "math/bits", "slices", "strconv", "strings", "time"},
	"marker": {"cmp", "encoding", "encoding/binary", "errors", "iter", "math", "math/bits", "slices", "strconv", "strings", "time", module + "lacp"},
	"hash":   {"cmp", "encoding", "encoding/binary", "errors", "iter", "math", "math/bits", "slices", "strconv", "strings", "time", "sync/atomic"},
}

// places says which files, apart from tests, may import a module.
var places = map[string]*regexp.Regexp{
	"github.com/mdlayher/packet":   regexp.MustCompile(`^(examples/lacpdump/.*_linux|internal/(netlab|lab)/.*)\.go$`),
	"github.com/mdlayher/netlink":  regexp.MustCompile(`^(bond/netif/.*_linux|internal/rtnl/.*_linux|internal/(netlab|lab)/.*)\.go$`),
	"golang.org/x/sys":             regexp.MustCompile(`^((bond|internal/(afpacket|rtnl|ethtool|bpf))/.*_linux|internal/(netlab|lab|chaos)/.*)\.go$`),
	"golang.org/x/net":             regexp.MustCompile(`^examples/lacpdump/.*_linux\.go$`),
	"github.com/mdlayher/ethernet": regexp.MustCompile(`^bond/(announce|query)\.go$`),
	"github.com/google/gopacket":   regexp.MustCompile(`^(lacp/lacplayer|fuzz|internal/capture|examples/lacpdump)/[^/]*\.go$`),
	"github.com/goccy/go-yaml":     regexp.MustCompile(`^examples/lacpd/[^/]*\.go$`),
}

// eachImport calls f for every import of every file of the module, including files for
// other systems.
func eachImport(t *testing.T, f func(file, path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != root:
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		for _, i := range parsed.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f(filepath.ToSlash(file), path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCoreImportsOnlyWhatItMay(t *testing.T) {
	seen := make(map[string]int)
	eachImport(t, func(file, path string) {
		dir := filepath.ToSlash(filepath.Dir(file))
		allowed, ok := core[dir]
		if !ok || strings.HasSuffix(file, "_test.go") {
			return
		}
		seen[dir]++
		if !slices.Contains(allowed, path) {
			t.Errorf("%s imports %s, allowed: %s", file, path, strings.Join(allowed, ", "))
		}
	})
	for dir := range core {
		if seen[dir] == 0 {
			t.Errorf("found no imports in %s", dir)
		}
	}
}

func TestModulesAreImportedOnlyInTheirPlaces(t *testing.T) {
	seen := make(map[string]bool)
	eachImport(t, func(file, path string) {
		for mod, where := range places {
			if path != mod && !strings.HasPrefix(path, mod+"/") {
				continue
			}
			seen[mod] = true
			if !strings.HasSuffix(file, "_test.go") && !where.MatchString(file) {
				t.Errorf("%s imports %s", file, path)
			}
		}
	})
	for mod := range places {
		if !seen[mod] {
			t.Errorf("nothing imports %s: remove it from the rules and from go.mod", mod)
		}
	}
}

// TestDependencyBudget checks that the module depends directly on the modules in places,
// and on no others.
func TestDependencyBudget(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(mod)) {
		words := strings.Fields(line)
		if len(words) > 1 && words[0] == "require" {
			words = words[1:]
		}
		if len(words) < 2 || !strings.HasPrefix(words[1], "v") || strings.Contains(line, "// indirect") {
			continue
		}
		found++
		if places[words[0]] == nil {
			t.Errorf("go.mod requires %s, which no package may import", words[0])
		}
	}
	if found != len(places) {
		t.Errorf("go.mod requires %d modules directly, want the %d in places", found, len(places))
	}
}

// rooms is what the packages of the runtime may import of this module, directly: what
// stands below them, never the reverse.
var rooms = map[string][]string{
	"bond/link":          {"lacp", "hash"},
	"bond/link/linktest": {"lacp", "bond/link"},
	"internal/gso":       {"bond/link"},
	"internal/bpf":       {"bond/link"},
	"internal/ethtool":   {"lacp", "bond/link"},
	"internal/rtnl":      {"lacp", "bond/link", "internal/bpf"},
	"internal/afpacket":  {"lacp", "bond/link", "internal/bpf", "internal/gso"},
	"bond/netif":         {"lacp", "bond/link", "internal/afpacket", "internal/bpf", "internal/ethtool", "internal/gso", "internal/rtnl"},
	"bond":               {"internal/logq", "lacp", "marker", "hash", "bond/link", "bond/netif", "internal/gso", "internal/bpf", "internal/ethtool", "internal/rtnl", "internal/afpacket"},
	"bond/bondtest":      {"bond/link/linktest"},
}

// TestRooms checks that each room imports only what the rules allow, and that only
// examples import packages of examples.
func TestRooms(t *testing.T) {
	eachImport(t, func(file, path string) {
		if !strings.HasPrefix(path, module) || strings.HasSuffix(file, "_test.go") {
			return
		}
		dir, to := filepath.ToSlash(filepath.Dir(file)), strings.TrimPrefix(path, module)
		if allowed, ok := rooms[dir]; ok {
			if !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s, allowed: %s", file, to, strings.Join(allowed, ", "))
			}
			return
		}
		if top, _, _ := strings.Cut(dir, "/"); top != "examples" && strings.HasPrefix(to, "examples/") {
			t.Errorf("%s imports %s", file, to)
		}
	})
}
