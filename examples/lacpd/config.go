package main

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/lacp"
)

// bondConfig is one bond of the file, with defaults filled in.
type bondConfig struct {
	Name, Description  string
	Mode               bond.Mode
	Ports              []string
	Hash               hash.Policy
	MTU                int
	Addresses          []netip.Prefix
	MinLinks           int
	UpDelay, DownDelay time.Duration
	LACP               lacpConfig
	Failover           failoverConfig
	Modulo             bool        // the loss of a link moves the flows of all
	More               bond.Config // settings that mean the same in the file

	Receive bond.ReceivePolicy
	Offload bond.OffloadMode
	Queues  int

	at positions
}

// lacpConfig is what only protocol LACP uses.
type lacpConfig struct {
	Passive          bool
	Rate             bond.Rate
	MaxLinks         int
	AggregatorPolicy lacp.AggregatorPolicy
	Fallback         lacp.Fallback
	FallbackTimeout  time.Duration
	CoupledControl   bool
	AggregateWait    time.Duration     // as of bond.Config: negative is none
	PortPriority     map[string]uint16 // of ports by the names that the file has
}

// failoverConfig is what only protocol FAILOVER uses.
type failoverConfig struct {
	Primary string
}

// apply puts the settings of the file into a bond's configuration.
func (c *bondConfig) apply(to *bond.Config) {
	for i := range options {
		if apply := options[i].apply; apply != nil {
			apply(c, to)
		}
	}
}

// positions are the lines on which the parts of a bond stand.
type positions struct {
	bond      int
	keys      map[string]int // of each key that is there
	ports     []int
	addresses []int
	perPort   map[string]map[string]int // of the ports of a key
}

// configFile is what a file says: its bonds, and what is wrong with it.
type configFile struct {
	name     string
	bonds    []bondConfig
	problems []problem
}

// refused returns the problems that are no warnings, nil if there are none.
func (f *configFile) refused() error {
	errs := slices.DeleteFunc(slices.Clone(f.problems), func(p problem) bool { return p.warning })
	if len(errs) == 0 {
		return nil
	}
	return &fileError{f.name, errs}
}

// maxConfig is the largest file that is read, in octets: a thousand bonds and more.
const maxConfig = 256 << 10

// loadConfig reads a file. It looks at nothing else. The error is that of reading;
// what is wrong in the file is in its problems.
func loadConfig(name string) (*configFile, error) {
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
		return &configFile{name: name, problems: []problem{
			{line: 1, field: "file", value: fmt.Sprintf("more than %d octets", maxConfig), text: "allowed: a smaller file"}}}, nil
	}
	return parseConfig(name, b), nil
}

// parseConfig reads a file's text and finds all that is wrong with it.
func parseConfig(name string, b []byte) *configFile {
	f := &configFile{name: name}
	var r configReader
	if file := r.parse(b); file != nil {
		f.bonds = r.file(file)
		r.checkBonds(f.bonds)
	}
	f.problems = r.problems
	sortProblems(f.problems)
	return f
}

func sortProblems(problems []problem) {
	slices.SortStableFunc(problems, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
}
