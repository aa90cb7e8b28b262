// Package config reads lacpd's file: a YAML list "bonds", and a section "chassis". [Load] and [Parse] return the bonds and
// all problems of a file at once. A table of options gives the keys, the reference of the keys and
// the refusals. The package looks at nothing but the file.
package config

import (
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

// Bond is one bond of the file, with defaults filled in.
type Bond struct {
	Name, Description  string
	Mode               bond.Mode
	Ports              []string
	Hash               hash.Policy
	MTU                int
	Addresses          []netip.Prefix
	Gateways           []netip.Addr // at most one of each address family
	Routes             []bond.Route // without those of Gateways
	MinLinks           int
	UpDelay, DownDelay time.Duration
	LACP               LACP
	Failover           Failover
	Modulo             bool            // the loss of a link moves flows of all links
	More               bond.Config     // settings with the same meaning in the file
	Open               bond.OpenConfig // the same, of opening; Config stays empty
	DataPlane          string
	AllowReplace       bool // a reload may change the protocol, or replace a bond of another name
	LAG                LAG
	Watch              Watch
	Patience           time.Duration // with WatchOn: how long lacpd may hang; 0: the default

	at positions
}

// LACP holds the settings that only protocol LACP uses.
type LACP struct {
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

// Failover holds the settings that only protocol FAILOVER uses.
type Failover struct {
	Primary string
}

// Apply puts the settings of the file into a bond's configuration.
func (b *Bond) Apply(to *bond.Config) {
	for i := range options {
		if apply := options[i].apply; apply != nil {
			apply(b, to)
		}
	}
}

// OpenConfig returns what the file says about opening the bond.
func (b *Bond) OpenConfig() bond.OpenConfig {
	c := b.Open
	c.Name, c.Interfaces = b.Name, b.Ports
	b.Apply(&c.Config)
	return c
}

// positions holds what the file has of a bond, and the place of each part.
type positions struct {
	source    []setting
	bond      Position
	keys      map[string]Position // of each key that the bond has
	ports     []Position
	addresses []Position
	gateways  []Position
	routes    []Position
	perPort   map[string]map[string]Position // key to port to place
}

// KeyAt returns the place of a key. It returns the zero Position if the file does not have it.
func (b *Bond) KeyAt(key string) Position { return b.at.keys[key] }

// PortAt returns the place of Ports[i].
func (b *Bond) PortAt(i int) Position { return b.at.ports[i] }

// File is a file that was read: its bonds and its problems.
type File struct {
	Name     string
	Text     []byte
	Bonds    []Bond
	Chassis  *Chassis // nil without the section
	Problems Problems
}

// Refused returns an *Error with all problems but warnings, or nil without any.
func (f *File) Refused() error {
	errs := slices.DeleteFunc(slices.Clone(f.Problems), func(p Problem) bool { return p.Warning })
	if len(errs) == 0 {
		return nil
	}
	return &Error{f.Name, errs}
}

// maxSize is the size of the largest file that is read, in octets. It holds more than a
// thousand bonds.
const maxSize = 256 << 10

// Load reads a file. It returns an error only if the file can't be read. The problems of the
// result list what is wrong in the file.
func Load(name string) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, err
	}
	return Parse(name, b), nil
}

// Parse parses the text of a file and collects all its problems.
func Parse(name string, text []byte) *File {
	f := &File{Name: name, Text: text}
	if len(text) > maxSize {
		f.Problems.Refuse(start, "file", fmt.Sprintf("more than %d octets", maxSize), "a smaller file")
		return f
	}
	var r reader
	if file := r.parse(text); file != nil {
		f.Bonds, f.Chassis = r.file(file)
		r.checkBonds(f.Bonds, f.Chassis)
	}
	f.Problems = r.problems
	f.Problems.Sort()
	return f
}
