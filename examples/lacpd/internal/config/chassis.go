package config

import (
	"net/netip"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Chassis is the section "chassis" of the file: this box's part in a group of boxes that show LAGs
// together, with defaults filled in.
type Chassis struct {
	Group string
	Name  string // of this chassis

	// Number stands in the upper 4 bits of the port numbers. 0 means that the store gives one.
	Number int

	Hold       time.Duration
	Heartbeat  []netip.AddrPort            // the own addresses, one for each path
	Peers      map[string][]netip.AddrPort // of the other chassis
	SecretFile string                      // authenticates heartbeats
	Store      Store
	External   bool // the appliance's own engine decides, there is no store

	at sectionPositions
}

// Store says where the chassis of a group keep what they agree on, and how to reach it. CA, Cert, Key and
// User are names of files.
type Store struct {
	Etcd []string // URLs of the members

	CA, Cert, Key string // of TLS, in PEM
	User          string // has "name:password"
}

// LAG is what a bond has to do with the other chassis of the group. The zero value is a bond of this
// chassis alone.
type LAG struct {
	Name         string
	All          bool          // all chassis carry the LAG at the same time
	Prefer       string        // the chassis that gets the LAG back; empty: it stays where it is
	RestoreDelay time.Duration // how long Prefer has to be able before that
	WaitReady    bool          // this chassis carries nothing until lacpd chassis ready
	HoldIsolated bool          // go on without store and peers
}

// NeedsPermission reports whether the bond carries data only while this chassis is the active one.
func (l *LAG) NeedsPermission() bool { return l.Name != "" && !l.All }

// The defaults of Chassis, and what is allowed.
const (
	DefaultHold   = time.Second
	leastHold     = 300 * time.Millisecond
	mostHold      = 10 * time.Second
	heartbeatPort = 7000
	mostPeers     = 14
	mostPaths     = 4
	mostName      = 64
)

// SystemPriority is the default of system_priority for the LAG of a group. It is lower than that of
// most partners, so that the group decides about standby links.
const SystemPriority = 0x7000

// sectionPositions holds what the file has of the section, and the place of each part.
type sectionPositions struct {
	section Position
	keys    map[string]Position
	nodes   map[string]ast.Node
}

// KeyAt returns the place of a key, or of the section if it does not have the key.
func (c *Chassis) KeyAt(key string) Position {
	if at, ok := c.at.keys[key]; ok {
		return at
	}
	return c.at.section
}
