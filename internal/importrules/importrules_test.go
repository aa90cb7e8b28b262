package importrules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
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

// core is what the packages may import that firmware embeds.
var core = map[string][]string{
	"lacp":        {"cmp", "encoding", "encoding/binary", "errors", "iter", "math", "math/bits", "slices", "strconv", "strings", "time"},
	"marker":      {"cmp", "encoding", "encoding/binary", "errors", "iter", "math", "math/bits", "slices", "strconv", "strings", "time", module + "lacp"},
	"hash":        {"cmp", "encoding", "encoding/binary", "errors", "iter", "math", "math/bits", "slices", "strconv", "strings", "time", "sync/atomic"},
	"hash/spread": {"cmp", "encoding", "encoding/binary", "errors", "iter", "math", "math/bits", "slices", "strconv", "strings", "time", "sync/atomic", module + "hash"},
}

// places says which files, apart from tests, may import a module.
var places = map[string]*regexp.Regexp{
	"github.com/mdlayher/packet":          regexp.MustCompile(`^(examples/lacpdump/.*_linux|internal/(netlab|lab)/.*)\.go$`),
	"github.com/mdlayher/genetlink":       regexp.MustCompile(`^bond/plane/team/.*_linux\.go$`), // the team driver speaks only generic netlink
	"github.com/mdlayher/netlink":         regexp.MustCompile(`^(bond/(netif|plane/team)/.*_linux|internal/(rtnl|nftables)/.*_linux|internal/(netlab|lab)/.*)\.go$`),
	"golang.org/x/sys":                    regexp.MustCompile(`^((bond|internal/(afpacket|rtnl|nftables|ifaddr|ethtool|bpf))/.*_linux|internal/(netlab|lab|chaos)/.*|examples/lacpd/(boottime|internal/(control|privilege|handover|doctor)/.*)_linux)\.go$`),
	"golang.org/x/net":                    regexp.MustCompile(`^((examples/lacpdump|examples/lacpd/internal/privilege|bond/plane/team)/.*_linux|examples/lacpd/internal/web/server)\.go$`),
	"github.com/mdlayher/ethernet":        regexp.MustCompile(`^internal/announce/[^/]*\.go$`),
	"github.com/google/gopacket":          regexp.MustCompile(`^(lacp/lacplayer|fuzz|internal/capture|examples/lacpdump)/[^/]*\.go$`),
	"github.com/cilium/ebpf":              regexp.MustCompile(`^bond/plane/ebpf/[^/]*\.go$`),
	"github.com/prometheus/client_golang": regexp.MustCompile(`^examples/lacpd/internal/metrics/[^/]*\.go$`),
	"github.com/prometheus/common":        regexp.MustCompile(`^examples/lacpd/internal/metrics/[^/]*\.go$`),
	"github.com/goccy/go-yaml":            regexp.MustCompile(`^examples/lacpd/internal/(config|convert)/[^/]*\.go$`),
	"github.com/coreos/go-systemd/v22":    regexp.MustCompile(`^examples/lacpd/internal/notify/[^/]*\.go$`),
	"github.com/landlock-lsm/go-landlock": regexp.MustCompile(`^examples/lacpd/internal/privilege/.*_linux\.go$`),

	"go.etcd.io/etcd/api/v3":    regexp.MustCompile(`^bond/chassis/etcd/[^/]*\.go$`),
	"go.etcd.io/etcd/client/v3": regexp.MustCompile(`^bond/chassis/etcd/[^/]*\.go$`),
	"go.uber.org/zap":           regexp.MustCompile(`^bond/chassis/etcd/member\.go$`), // for the client, which logs nothing
	"google.golang.org/grpc":    regexp.MustCompile(`^bond/chassis/etcd/member\.go$`),

	"go.etcd.io/etcd/server/v3":         onlyTests,
	"github.com/anishathalye/porcupine": onlyTests,

	"github.com/chromedp/chromedp":     onlyTests,
	"github.com/chromedp/cdproto":      onlyTests,
	"github.com/prometheus/prometheus": onlyTests, // the parser of PromQL

	"kernel.org/pub/linux/libs/security/libcap/cap": regexp.MustCompile(`^examples/lacpd/internal/privilege/.*_linux\.go$`),
}

// onlyTests is the place of a module that no file apart from tests may import.
var onlyTests = regexp.MustCompile(`^$`)

// eachFile parses every Go file of the module, including files for other systems, and calls f
// with its path from the root.
func eachFile(t *testing.T, mode parser.Mode, f func(file string, set *token.FileSet, parsed *ast.File)) {
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
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, name, nil, mode)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, name)
		if err == nil {
			f(filepath.ToSlash(file), set, parsed)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// eachImport calls f for every import of every file of the module.
func eachImport(t *testing.T, f func(file, path string)) {
	t.Helper()
	eachFile(t, parser.ImportsOnly, func(file string, _ *token.FileSet, parsed *ast.File) {
		for _, i := range parsed.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			f(file, path)
		}
	})
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

// modules are the folders of the repository's modules.
var modules = []string{".", "bond/chassis/etcd", "bond/chassis/etcd/etcdtest", "examples/lacpd", "examples/lacpd/monitoring", "examples/lacpd/webtest"}

// oldestGo is the version of Go that every module names: the oldest it is tested with.
const oldestGo = "1.26.0"

// Each module depends directly on what has a place, and on nothing else, and go.work lists
// all modules.
func TestDependencyBudget(t *testing.T) {
	found := make(map[string]bool)
	for _, dir := range modules {
		for _, line := range readLines(t, filepath.Join(dir, "go.mod")) {
			words := strings.Fields(strings.TrimPrefix(line, "require "))
			switch {
			case strings.HasPrefix(line, "go ") && line != "go "+oldestGo:
				t.Errorf("%s/go.mod: %q, want go %s", dir, line, oldestGo)
			case len(words) < 2 || !strings.HasPrefix(words[1], "v") || strings.Contains(line, "// indirect"):
			case strings.HasPrefix(words[0]+"/", module):
			case places[words[0]] == nil:
				t.Errorf("%s/go.mod requires %s, which no package may import", dir, words[0])
			default:
				found[words[0]] = true
			}
		}
	}
	for mod := range places {
		if !found[mod] {
			t.Errorf("no go.mod requires %s, which has a place", mod)
		}
	}
	var used []string
	for _, line := range readLines(t, "go.work") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, ".") {
			used = append(used, path.Clean(line))
		}
	}
	if !slices.Equal(used, modules) {
		t.Errorf("go.work uses %v, want %v", used, modules)
	}
}

// TestRootModuleIsFreeOfEtcd checks that etcd stays in modules of its own: nothing in the root module
// names it, tests included.
func TestRootModuleIsFreeOfEtcd(t *testing.T) {
	const home = "bond/chassis/etcd"
	found := false
	eachImport(t, func(file, path string) {
		etcd := strings.HasPrefix(path, "go.etcd.io/")
		driver := strings.HasPrefix(path+"/", module+home+"/")
		switch {
		case strings.HasPrefix(file, home+"/"):
			found = found || etcd
		case etcd, driver && !strings.HasPrefix(file, "examples/lacpd/"):
			t.Errorf("%s imports %s", file, path)
		}
	})
	if !found {
		t.Errorf("nothing in %s imports etcd: this test looks in the wrong place", home)
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		for _, line := range readLines(t, file) {
			if strings.Contains(line, "go.etcd.io") || strings.Contains(line, module+home) {
				t.Errorf("%s has %q", file, line)
			}
		}
	}
}

// readLines returns the lines of a file of the repository.
func readLines(t *testing.T, name string) []string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(file), "\n")
}

// rooms is what the packages of the runtime may import of this module, directly: what
// stands below them, never the reverse.
var rooms = map[string][]string{
	"bond/link":            {"lacp", "hash"},
	"bond/link/linktest":   {"lacp", "bond/link"},
	"internal/gso":         {"bond/link"},
	"internal/announce":    {"lacp", "bond/link", "internal/gso", "internal/pace"},
	"internal/bpf":         {"bond/link"},
	"internal/ethtool":     {"lacp", "bond/link"},
	"internal/rtnl":        {"lacp", "bond/link", "internal/bpf"},
	"internal/ifaddr":      {"bond/link", "internal/rtnl"},
	"internal/nftables":    {},
	"internal/afpacket":    {"lacp", "bond/link", "internal/bpf", "internal/gso"},
	"bond/netif":           {"lacp", "bond/link", "internal/afpacket", "internal/bpf", "internal/ethtool", "internal/gso", "internal/ifaddr", "internal/rtnl"},
	"bond/plane":           {"lacp", "hash", "hash/spread", "bond/link"},
	"bond/plane/planetest": {"lacp", "hash", "bond/link", "bond/link/linktest", "bond/plane"},
	"bond/plane/user":      {"lacp", "hash", "hash/spread", "bond/link", "bond/plane", "internal/gso"},
	"bond/plane/ebpf":      {"lacp", "hash", "hash/spread", "bond/link", "bond/netif", "bond/plane", "internal/afpacket", "internal/bpf", "internal/ethtool", "internal/ifaddr", "internal/rtnl"},
	"bond/plane/team":      {"lacp", "hash", "bond/link", "bond/netif", "bond/plane", "internal/afpacket", "internal/bpf", "internal/ifaddr", "internal/rtnl"},
	"internal/intake":      {"lacp"},
	"internal/mode":        {"lacp", "marker"},
	"internal/feed":        {},
	"internal/newest":      {},
	"internal/pace":        {},
	"internal/readiness":   {},
	"internal/steps":       {"bond/link"},
	"internal/hostside":    {"bond/config", "bond/link", "internal/allowed"},
	"internal/worker":      {},
	"internal/promises":    {"lacp", "internal/mode"},
	"internal/moving":      {"bond/plane"},
	"internal/outlive":     {"bond/link", "bond/plane", "internal/pace"},
	"internal/repair":      {"lacp", "bond/link", "internal/pace"},
	"internal/waitlist":    {"internal/pace"},
	"internal/shares":      {"hash/spread", "bond/plane"},
	"bond/config":          {"lacp", "hash", "bond/link", "bond/netif", "bond/plane"},
	"internal/handing":     {"lacp", "bond/config", "bond/link", "bond/netif", "internal/allowed", "internal/mode"},
	"internal/allowed":     {"lacp", "hash", "bond/config", "bond/link", "bond/plane"},
	"bond":                 {"lacp", "marker", "hash", "hash/spread", "bond/config", "bond/link", "bond/netif", "bond/plane", "bond/plane/user", "internal/allowed", "internal/announce", "internal/feed", "internal/handing", "internal/hostside", "internal/intake", "internal/logq", "internal/mode", "internal/moving", "internal/newest", "internal/outlive", "internal/pace", "internal/promises", "internal/readiness", "internal/repair", "internal/shares", "internal/steps", "internal/waitlist", "internal/worker"},
	"bond/bondtest":        {"bond/link/linktest"},

	"bond/chassis":             {"lacp", "bond", "bond/plane", "internal/feed"},
	"bond/chassis/chassistest": {"lacp", "bond/chassis"},
	"bond/chassis/etcd":        {"lacp", "bond/chassis"},

	"examples/lacpd/internal/config":        {"lacp", "hash", "bond", "bond/link"},
	"examples/lacpd/internal/confirm":       {},
	"examples/lacpd/internal/control":       {"lacp"},
	"examples/lacpd/internal/freeport":      {},
	"examples/lacpd/internal/golden":        {},
	"examples/lacpd/internal/group":         {"lacp", "bond", "bond/chassis", "bond/chassis/etcd", "bond/plane", "examples/lacpd/internal/config", "examples/lacpd/internal/view"},
	"examples/lacpd/internal/guard":         {"bond"},
	"examples/lacpd/internal/handover":      {"examples/lacpd/internal/control"},
	"examples/lacpd/internal/logbond":       {},
	"examples/lacpd/internal/logstep":       {"lacp", "examples/lacpd/internal/logbond"},
	"examples/lacpd/internal/logsum":        {"examples/lacpd/internal/logbond"},
	"examples/lacpd/internal/convert":       {"hash", "bond", "examples/lacpd/internal/config"},
	"examples/lacpd/internal/doctor":        {"lacp", "bond", "internal/nftables", "internal/rtnl", "examples/lacpd/internal/view"},
	"examples/lacpd/internal/flow":          {},
	"examples/lacpd/internal/metrics":       {"lacp", "bond", "examples/lacpd/internal/view"},
	"examples/lacpd/internal/render":        {"lacp", "hash", "bond", "bond/plane", "examples/lacpd/internal/view"},
	"examples/lacpd/internal/view":          {"lacp", "bond", "bond/link"},
	"examples/lacpd/internal/web":           {"lacp", "bond", "examples/lacpd/internal/control", "examples/lacpd/internal/view"},
	"examples/lacpd/internal/view/viewtest": {"hash", "bond", "bond/link", "bond/link/linktest", "examples/lacpd/internal/view"},
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
