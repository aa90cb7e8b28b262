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
	Modulo             bool        // the loss of a link moves flows of all links
	More               bond.Config // settings with the same meaning in the file
	DataPlane          string

	Receive     bond.ReceivePolicy
	ReceiveRing bool
	Offload     bond.OffloadMode
	Queues      int

	at positions
}

// lacpConfig holds the settings that only protocol LACP uses.
type lacpConfig struct {
	Passive          bool
	Rate             bond.Rate
	MaxLinks         int
	AggregatorPolicy lacp.AggregatorPolicy
	Fallback         lacp.Fallback
	FallbackTimeout  time.Duration
	CoupledControl   bool
	AggregateWait    time.Duration     // as in bond.Config: negative means no wait
	PortPriority     map[string]uint16 // by port, named as in the file
}

// failoverConfig holds the settings that only protocol FAILOVER uses.
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

// positions holds the line of each part of a bond.
type positions struct {
	bond      int
	keys      map[string]int // of each key that the bond has
	ports     []int
	addresses []int
	perPort   map[string]map[string]int // key to port to line
}

// configFile is a file that was read: its bonds and its problems.
type configFile struct {
	name     string
	bonds    []bondConfig
	problems []problem
}

// refused returns an error with all problems but warnings, or nil without any.
func (f *configFile) refused() error {
	errs := slices.DeleteFunc(slices.Clone(f.problems), func(p problem) bool { return p.warning })
	if len(errs) == 0 {
		return nil
	}
	return &fileError{f.name, errs}
}

// maxConfig is the size of the largest file that is read, in octets. It holds more than a
// thousand bonds.
const maxConfig = 256 << 10

// loadConfig reads a file and looks at nothing else. It returns an error only if the file
// can't be read. The problems of the result list what is wrong in the file.
func loadConfig(name string) (*configFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
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

// parseConfig parses the text of a file and collects all its problems.
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
