package marker

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Limits and defaults of a [Generator].
const (
	// MarkersPerSecond is the maximum number of Markers a Generator sends on one port
	// in any second, half the limit of a slow protocol (802.3 Annex 57A). All flushes
	// of a port that wait for a Marker share the next one.
	MarkersPerSecond = 5
	// DefaultTimeout is how long a flush waits for its answer.
	DefaultTimeout = time.Second
	// DefaultMaxFlushes is how many flushes may be under way at a time.
	DefaultMaxFlushes = 1024
)

// WholeMember is the Bucket of a flush of all frames sent on a port.
const WholeMember = -1

var (
	// ErrBusy is returned if GeneratorConfig.MaxFlushes flushes are under way, or have
	// ended and were not drained with Actions.
	ErrBusy = errors.New("marker: too many flushes under way")
	// ErrUnknownPort is returned for a port that was not added, or was removed.
	ErrUnknownPort = errors.New("marker: unknown port")
	// ErrPortExists is returned for a port that was added before.
	ErrPortExists = errors.New("marker: port exists")
)

// GeneratorConfig configures a [Generator]. Only System has to be set.
type GeneratorConfig struct {
	// System is the Requester_System: the address of the System Identifier.
	System lacp.MAC

	// Destination is the group address LACPDUs are sent to; zero means
	// lacp.SlowProtocolsMulticast.
	Destination lacp.MAC

	// Timeout is how long after its request a flush ends without an answer. It should
	// be at least the partner's CollectorMaxDelay plus the time frames are queued on
	// the link. 0 means DefaultTimeout.
	Timeout time.Duration

	// MaxFlushes limits the flushes under way. 0 means DefaultMaxFlushes.
	MaxFlushes int

	// FirstTransaction is the first Transaction_ID. IDs count up from there. Use a
	// different number at each start, so that a late answer to an earlier run is not
	// taken for an answer to this one.
	FirstTransaction uint32
}

// FlushID identifies a flush. It is unique among the flushes under way.
type FlushID uint64

// Flush is one request to learn when all frames sent so far have arrived.
type Flush struct {
	ID   FlushID
	Port lacp.PortNumber
	// Bucket identifies what the requester flushes. It is for the requester's own
	// use: a Marker covers all frames sent on the port. WholeMember means all of them.
	Bucket int
	// Requested is the time of the request.
	Requested time.Time
}

// Result is how a flush ended.
type Result uint8

// The results. After any of them the conversations may move.
const (
	// ResultAnswered means that the partner has passed on all frames sent before.
	ResultAnswered Result = 1 + iota
	// ResultTimeout means that no answer came. Some partners answer no Markers. They
	// have had Timeout to pass on the frames they held.
	ResultTimeout
	// ResultPortLost means that the port is down or was removed. No more frames arrive
	// through it.
	ResultPortLost
	// ResultCancelled means that [Generator.Cancel] was called.
	ResultCancelled
)

var resultNames = [...]string{"invalid", "answered", "timeout", "port lost", "cancelled"}

// String returns "answered", "timeout", "port lost" or "cancelled".
func (r Result) String() string {
	if int(r) < len(resultNames) {
		return resultNames[r]
	}
	return resultNames[0]
}

// GeneratorCounters count what a [Generator] did.
type GeneratorCounters struct {
	MarkerPDUsTx uint64 // Markers made, minus those that could not be sent
	Answered     uint64 // flushes by result
	TimedOut     uint64
	PortLost     uint64
	Cancelled    uint64
	Unexpected   uint64 // Marker Responses without a matching Marker under way
	TxErrors     uint64 // Markers that could not be sent
}

// flush is a Flush with its progress.
type flush struct {
	Flush
	due  time.Time
	sent bool
	id   uint32 // Transaction_ID of its Marker, once sent
}

type generatorPort struct {
	number lacp.PortNumber
	source lacp.MAC
	limit  limiter[markers]
	// notBefore keeps the port from sending for a while after a failure.
	notBefore time.Time
}

// free returns the earliest time the port may send a Marker.
func (p *generatorPort) free() time.Time {
	if at := p.limit.free(); at.After(p.notBefore) {
		return at
	}
	return p.notBefore
}

// Generator is the Marker Generator and Receiver of one System (6.5.4.1). It
// determines when the frames sent on a port have arrived, so that conversations can
// move to another port without reordering.
//
// Like lacp.System it does no I/O and reads no clock. Inputs are method calls that
// carry their time, and the caller drains outputs with Actions. Every flush ends with
// exactly one ActionDone. A Generator is not safe for concurrent use.
type Generator struct {
	cfg      GeneratorConfig
	ports    []generatorPort // by number
	flushes  []flush         // in the order of their requests
	actions  []Action
	now      time.Time
	lastID   FlushID
	nextTID  uint32
	counters GeneratorCounters
}

// NewGenerator returns a Generator without ports. The error is a [*lacp.FieldError].
func NewGenerator(cfg GeneratorConfig) (*Generator, error) {
	switch {
	case cfg.System == lacp.MAC{} || cfg.System.IsGroup():
		return nil, &lacp.FieldError{Field: "System", Value: cfg.System.String(), Allowed: "an individual address other than zero"}
	case cfg.Timeout < 0:
		return nil, &lacp.FieldError{Field: "Timeout", Value: cfg.Timeout.String(), Allowed: "more than 0, or 0 for the default"}
	case cfg.MaxFlushes < 0:
		return nil, &lacp.FieldError{Field: "MaxFlushes", Value: strconv.Itoa(cfg.MaxFlushes), Allowed: "more than 0, or 0 for the default"}
	}
	switch cfg.Destination {
	case lacp.MAC{}:
		cfg.Destination = lacp.SlowProtocolsMulticast
	case lacp.SlowProtocolsMulticast, lacp.NearestCustomerBridge, lacp.NearestNonTPMRBridge:
	default:
		return nil, &lacp.FieldError{Field: "Destination", Value: cfg.Destination.String(), Allowed: "01:80:c2:00:00:02, :00 or :03"}
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.MaxFlushes == 0 {
		cfg.MaxFlushes = DefaultMaxFlushes
	}
	return &Generator{cfg: cfg, nextTID: cfg.FirstTransaction}, nil
}

// AddPort adds a port. source is the port's own address, the source address of its
// Markers. The error is [ErrPortExists] or a [*lacp.FieldError].
func (g *Generator) AddPort(n lacp.PortNumber, source lacp.MAC) error {
	if n == 0 {
		return &lacp.FieldError{Field: "Number", Value: "0", Allowed: "1 to 65535"}
	}
	if source == (lacp.MAC{}) || source.IsGroup() {
		return &lacp.FieldError{Field: "MAC", Value: source.String(), Allowed: "an individual address other than zero"}
	}
	i, found := g.find(n)
	if found {
		return ErrPortExists
	}
	g.ports = slices.Insert(g.ports, i, generatorPort{number: n, source: source})
	return nil
}

// RemovePort ends the port's flushes with ResultPortLost and removes it. The
// error is [ErrUnknownPort].
func (g *Generator) RemovePort(now time.Time, n lacp.PortNumber) error {
	if err := g.PortDown(now, n); err != nil {
		return err
	}
	i, _ := g.find(n)
	g.ports = slices.Delete(g.ports, i, i+1)
	return nil
}

// PortDown ends the port's flushes with ResultPortLost. Call it when the port's link
// goes down. The error is [ErrUnknownPort].
func (g *Generator) PortDown(now time.Time, n lacp.PortNumber) error {
	if _, found := g.find(n); !found {
		return ErrUnknownPort
	}
	g.setNow(now)
	g.end(ResultPortLost, &g.counters.PortLost, func(f *flush) bool { return f.Port == n })
	return nil
}

// Flush starts a flush, which ends when all frames sent on port n so far have arrived.
// bucket identifies the conversations that move, for the requester's own use, or is
// WholeMember.
//
// Before the call, the requester stops sending those conversations. It sends the
// Marker of the following ActionTransmit after all data frames already queued.
//
// The error is [ErrUnknownPort], [ErrBusy], or a [*lacp.FieldError] for a bucket
// below WholeMember.
func (g *Generator) Flush(now time.Time, n lacp.PortNumber, bucket int) (FlushID, error) {
	_, found := g.find(n)
	switch {
	case bucket < WholeMember:
		return 0, &lacp.FieldError{Field: "Bucket", Value: strconv.Itoa(bucket), Allowed: "0 or more, or WholeMember"}
	case !found:
		return 0, ErrUnknownPort
	case len(g.flushes)+len(g.actions) >= g.cfg.MaxFlushes:
		return 0, ErrBusy
	}
	g.setNow(now)
	g.lastID++
	g.flushes = append(g.flushes, flush{
		Flush: Flush{ID: g.lastID, Port: n, Bucket: bucket, Requested: g.now},
		due:   g.now.Add(g.cfg.Timeout),
	})
	return g.lastID, nil
}

// Cancel ends a flush with ResultCancelled. It reports whether the flush was under way.
func (g *Generator) Cancel(now time.Time, id FlushID) bool {
	g.setNow(now)
	return g.end(ResultCancelled, &g.counters.Cancelled, func(f *flush) bool { return f.ID == id }) > 0
}

// Flushes returns how many flushes are under way.
func (g *Generator) Flushes() int { return len(g.flushes) }

// Counters returns the counters.
func (g *Generator) Counters() GeneratorCounters { return g.counters }

func (g *Generator) find(n lacp.PortNumber) (int, bool) {
	return slices.BinarySearchFunc(g.ports, n, func(p generatorPort, n lacp.PortNumber) int { return int(p.number) - int(n) })
}

// setNow keeps time from going back.
func (g *Generator) setNow(now time.Time) {
	if now.After(g.now) {
		g.now = now
	}
}
