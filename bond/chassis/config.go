package chassis

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Config describes a chassis of a LAG to a [Machine]. Me and Others are required.
type Config struct {
	Me     ID
	Others []ID // the other chassis of the group, at most 14

	// Boot is different each time the chassis starts. It must not be 0.
	Boot uint64

	// Hold is how long a permission to carry data lasts, from 300 ms to 10 s, the same on all
	// chassis. It bounds how long the LAG is silent after the death of a chassis, and how
	// long a chassis may be without processor time. 0 means 1 s.
	Hold time.Duration

	// Drift is by how much the rate of a clock may differ from true time, as a fraction, up to
	// 0.1. 0 means 0.025.
	Drift float64

	// Contact is how often the active chassis asks the store; while all others grant that it goes
	// on, it asks once in Hold. Beat is how often each chassis sends a heartbeat, and Suspect how
	// long an active chassis may be silent before another wants to take over. 0 means Hold/4, Hold/5 and 0.7 Hold.
	Contact, Beat, Suspect time.Duration

	// MinScore is the lowest score of a chassis that carries the LAG. 0 means 1.
	MinScore int

	// Prefer is the chassis that carries the LAG once it has been able to for RestoreDelay.
	// Empty means that the LAG stays where it is.
	Prefer       ID
	RestoreDelay time.Duration

	// GoneIsProof makes [Machine.Gone] a proof that the data path of a chassis has ended: its
	// LAG is taken over at once. That is true only of the end of a connection over a direct
	// cable to the process that is the data path.
	GoneIsProof bool

	// OnIsolation is what the active chassis does when it reaches neither the store nor any
	// other chassis.
	OnIsolation Isolation

	off rule // for tests: the rules that are not followed
}

// The limits of a Config.
const (
	maxOthers = 14
	minHold   = 300 * time.Millisecond
	maxHold   = 10 * time.Second
	maxDrift  = 0.1
)

// check validates c and fills in its defaults. The error is a [*lacp.FieldError].
func (c *Config) check() error {
	c.Others = slices.Clone(c.Others)
	c.Hold = c.hold()
	if c.Drift == 0 {
		c.Drift = 0.025
	}
	switch {
	case c.Me == "":
		return &lacp.FieldError{Field: "Me", Value: "empty", Allowed: "a name"}
	case len(c.Others) > maxOthers:
		return &lacp.FieldError{Field: "Others", Value: strconv.Itoa(len(c.Others)), Allowed: "at most " + strconv.Itoa(maxOthers)}
	case c.Boot == 0:
		return &lacp.FieldError{Field: "Boot", Value: "0", Allowed: "a number other than 0"}
	case c.Hold < minHold || c.Hold > maxHold:
		return &lacp.FieldError{Field: "Hold", Value: c.Hold.String(), Allowed: minHold.String() + " to " + maxHold.String()}
	case !(c.Drift >= 0 && c.Drift <= maxDrift):
		return &lacp.FieldError{Field: "Drift", Value: strconv.FormatFloat(c.Drift, 'g', -1, 64), Allowed: "0 to 0.1"}
	case c.MinScore < 0:
		return &lacp.FieldError{Field: "MinScore", Value: strconv.Itoa(c.MinScore), Allowed: "0 and more"}
	case c.RestoreDelay < 0:
		return &lacp.FieldError{Field: "RestoreDelay", Value: c.RestoreDelay.String(), Allowed: "0 and more"}
	case c.OnIsolation > IsolationHold:
		return &lacp.FieldError{Field: "OnIsolation", Value: c.OnIsolation.String(), Allowed: "withdraw or hold"}
	}
	for i, id := range c.Others {
		if id == "" || id == c.Me || slices.Index(c.Others, id) != i {
			return &lacp.FieldError{Field: "Others", Value: strconv.Quote(string(id)), Allowed: "names of other chassis, each once"}
		}
	}
	if c.Prefer != "" && c.Prefer != c.Me && !slices.Contains(c.Others, c.Prefer) {
		return &lacp.FieldError{Field: "Prefer", Value: string(c.Prefer), Allowed: "a chassis of the group, or none"}
	}
	if c.MinScore == 0 {
		c.MinScore = 1
	}
	return c.checkTimes()
}

// checkTimes checks the times that follow from Hold, and fills in their defaults.
func (c *Config) checkTimes() error {
	for _, f := range []struct {
		name string
		v    *time.Duration
		std  time.Duration
	}{{"Contact", &c.Contact, c.Hold / 4}, {"Beat", &c.Beat, c.Hold / 5}, {"Suspect", &c.Suspect, c.Hold * 7 / 10}} {
		if *f.v == 0 {
			*f.v = f.std
		}
		if *f.v < time.Millisecond || *f.v > c.Hold {
			return &lacp.FieldError{Field: f.name, Value: f.v.String(), Allowed: "1ms to Hold, " + c.Hold.String()}
		}
	}
	return nil
}

// hold returns Hold or its default.
func (c *Config) hold() time.Duration { return cmp.Or(c.Hold, time.Second) }

// fence returns how long another chassis has to wait, by its own clock, until a permission that
// lasts for Hold by the clock of its owner has certainly ended. One clock may be fast and the
// other one slow.
func (c *Config) fence() time.Duration {
	ratio := (1 + c.Drift) / (1 - c.Drift)
	if c.off&ruleDrift != 0 {
		ratio = 1 + 2*c.Drift // not enough: both clocks may be off
	}
	return time.Duration(float64(c.Hold)*ratio) + 1
}

// members returns the digest of the chassis of the group, and of the times that a takeover counts
// on; it is never 0.
func (c *Config) members() uint64 {
	all := append([]ID{c.Me}, c.Others...)
	slices.Sort(all)
	h := fnv.New64a()
	for _, id := range all {
		_, _ = h.Write(append([]byte(id), 0)) // never fails
	}
	times := binary.BigEndian.AppendUint64(nil, uint64(c.Hold))
	_, _ = h.Write(binary.BigEndian.AppendUint64(times, math.Float64bits(c.Drift))) // never fails
	return h.Sum64() | 1
}
