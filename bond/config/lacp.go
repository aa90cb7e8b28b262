package config

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// LACPConfig holds the finer settings of ModeLACP. The zero value is right for most uses.
type LACPConfig struct {
	// Policy chooses the LAG that carries the data if the links lead to more than one partner
	// or differ in speed. The zero value takes the LAG with the highest bandwidth at the start
	// and keeps it until it fails, then chooses again.
	Policy lacp.AggregatorPolicy

	// MaxLinks is how many links are used at most; the others are on standby. 0 is no limit.
	// NonRevertive stops a link that recovers from displacing another.
	MaxLinks     int
	NonRevertive bool

	// WaitToRestore is how long a link that recovers stays on standby, unless it is the only
	// one. 0 to 1 h.
	WaitToRestore time.Duration

	// Fallback decides, after FallbackTimeout (0 to 1 h), how to use links whose partner does
	// not speak LACP. By default they carry no data.
	Fallback        lacp.Fallback
	FallbackTimeout time.Duration

	// Dampening keeps flapping links out; off by default.
	Dampening lacp.Dampening

	// TimeoutMultiplier is how many LACPDUs in a row the bond may miss before it gives up the
	// partner, 1 to 20. 0 means the standard's 3.
	TimeoutMultiplier uint8
}
