// Package bondtest is the earlier name of package bond/link/linktest.
package bondtest

import "github.com/lagkit/lagkit/bond/link/linktest"

type (
	// Cable is a link in memory.
	Cable = linktest.Cable
	// Link is one end of a [Cable].
	Link = linktest.Link
	// Traffic is what a link loses.
	Traffic = linktest.Traffic
)

// The values of Traffic.
const (
	Data    = linktest.Data
	Control = linktest.Control
	All     = linktest.All
)

// NewCable returns a cable that is plugged in: see [linktest.NewCable].
func NewCable(a, b string) *Cable { return linktest.NewCable(a, b) }
