package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// bondConfig is one bond of the file, with defaults filled in.
type bondConfig struct {
	Name        string
	Description string
	Mode        bond.Mode
	Ports       []string
	Passive     bool
	Rate        bond.Rate
	Hash        hash.Policy
	MTU         int
	Addresses   []netip.Prefix

	MinLinks, MaxLinks int
	AggregatorPolicy   lacp.Policy
	Fallback           lacp.Fallback
	FallbackTimeout    time.Duration
	Primary            string
	UpDelay, DownDelay time.Duration
	CoupledControl     bool
	AggregateWait      time.Duration // as of bond.Config: negative is none

	at positions
}

// positions are the lines on which the parts of a bond stand.
type positions struct {
	bond, name int
	primary    int
	ports      []int
	addresses  []int
}

// problem is one thing in the file that is refused.
type problem struct {
	line                  int
	field, value, allowed string
}

// fileError reports all problems of a configuration file.
type fileError struct {
	file     string
	problems []problem
}

// Error has one line per problem: file:line: field: value: what is allowed.
func (e *fileError) Error() string {
	lines := make([]string, len(e.problems))
	for i, p := range e.problems {
		lines[i] = fmt.Sprintf("%s:%d: %s: %s: %s", e.file, p.line, p.field, p.value, p.allowed)
	}
	return strings.Join(lines, "\n")
}

// maxConfig is the largest file that is read, in octets.
const maxConfig = 1 << 20

// loadConfig reads a file and checks it against the host's interfaces. It changes nothing.
func loadConfig(name string, h host) ([]bondConfig, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxConfig {
		return nil, &fileError{name, []problem{{1, "file", fmt.Sprintf("more than %d octets", maxConfig), "allowed: a smaller file"}}}
	}
	return parseConfig(name, b, h)
}

func parseConfig(name string, b []byte, h host) ([]bondConfig, error) {
	// Duplicate keys are reported here, with all the other problems.
	file, err := parser.ParseBytes(b, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, &fileError{name, []problem{syntaxProblem(err)}}
	}
	var r configReader
	bonds := r.file(file)
	r.checkBonds(bonds, h)
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
		return nil, &fileError{name, r.problems}
	}
	return bonds, nil
}

func syntaxProblem(err error) problem {
	p := problem{1, "YAML", err.Error(), "allowed: a well-formed document"}
	var ye yaml.Error
	if errors.As(err, &ye) {
		p.value = ye.GetMessage()
		if tk := ye.GetToken(); tk != nil {
			p.line = tk.Position.Line
		}
	}
	return p
}

// configReader turns the parsed file into configuration and collects what is wrong.
type configReader struct {
	problems []problem
}

func (r *configReader) refuse(line int, field, value, allowed string) {
	r.problems = append(r.problems, problem{line, field, value, "allowed: " + allowed})
}

func (r *configReader) file(f *ast.File) []bondConfig {
	var bodies []ast.Node
	for _, d := range f.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			bodies = append(bodies, d.Body)
		}
	}
	const want = `one document with a list "bonds"`
	switch len(bodies) {
	case 0:
		r.refuse(1, "bonds", "missing", want)
		return nil
	case 1:
	default:
		r.refuse(line(bodies[1]), "document", "a second one", want)
	}
	var bonds []bondConfig
	seen := false
	r.mapping(bodies[0], "file", want, func(key string, v ast.Node) bool {
		if key != "bonds" {
			return false
		}
		seen = true
		for _, n := range r.sequence(v, "bonds", "a list of one or more bonds") {
			bonds = append(bonds, r.bond(n))
		}
		return true
	}, "bonds")
	if !seen && len(r.problems) == 0 {
		r.refuse(1, "bonds", "missing", want)
	}
	return bonds
}

// bondKeys are the keys of a bond, in the order of the documentation.
var bondKeys = []string{"name", "description", "protocol", "ports", "lacp_active", "lacpdu_rate", "xmit_hash_policy", "mtu", "addresses",
	"min_links", "max_links", "ad_select", "lacp_fallback", "lacp_fallback_timeout", "primary", "updelay", "downdelay",
	"coupled_control", "aggregate_wait"}

func (r *configReader) bond(n ast.Node) bondConfig {
	b := bondConfig{MTU: bond.DefaultMTU}
	b.at.bond = line(n)
	seen := make(map[string]bool)
	before := len(r.problems)
	r.mapping(n, "bonds", "a bond with name and ports", func(key string, v ast.Node) bool {
		seen[key] = true
		return r.bondField(&b, key, v)
	}, bondKeys...)
	if _, ok := n.(*ast.MappingNode); !ok && len(r.problems) > before && len(seen) == 0 {
		return b // it is no bond at all
	}
	for _, key := range []string{"name", "ports"} {
		if !seen[key] {
			r.refuse(b.at.bond, key, "missing", "each bond has name and ports")
		}
	}
	return b
}
