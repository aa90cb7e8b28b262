package chassis

import (
	"context"
	"strconv"
)

// ID is the name of a chassis.
type ID string

// View is what a [Store] holds about one LAG.
type View struct {
	// Revision counts the changes of the store. Of two views the one with the lower Revision is
	// not newer.
	Revision uint64

	Active  ID     // the chassis that carries the LAG; empty: none
	Holder  uint64 // the Boot of its life that has claimed the LAG; 0: another chassis has named it
	Epoch   uint64 // the Revision when Active was last written; 0: never
	Members uint64 // the digest of the chassis that the writer of Active takes into account

	Intent    ID     // the chassis that intends to take over; empty: none
	IntentRev uint64 // the Revision when Intent was written; 0 without one
}

// OpKind is what an [Op] does.
type OpKind uint8

// The values of OpKind.
const (
	OpRead    OpKind = iota // changes nothing
	OpIntent                // if Epoch is current and there is no intent: Intent becomes Chassis
	OpVeto                  // if IntentRev is current: the intent is removed
	OpClaim                 // if Epoch and IntentRev are current: Active becomes Chassis, the intent is removed
	OpRelease               // if Epoch is current: Active becomes To, which may be empty
)

var opNames = [...]string{"read", "intent", "veto", "claim", "release"}

// String returns "read", "intent", "veto", "claim" or "release".
func (k OpKind) String() string {
	if int(k) >= len(opNames) {
		return "OpKind(" + strconv.Itoa(int(k)) + ")"
	}
	return opNames[k]
}

// Op is one transaction of a [Store]. It compares first, and changes nothing if a comparison
// fails. So it is harmless if it is carried out twice, or late.
type Op struct {
	Kind             OpKind
	Chassis          ID     // of OpIntent and OpClaim
	Boot             uint64 // of OpClaim: of the life of Chassis, written with Active
	To               ID     // of OpRelease
	Members          uint64 // of OpClaim and OpRelease: written with Active
	Epoch, IntentRev uint64 // compared
}

// Apply carries out the transaction on what a store holds, and reports whether the comparisons
// held. The store's next change has the revision v.Revision + 1. It is the reference for
// implementations of [Store].
func (op Op) Apply(v *View) bool {
	epoch, intent := v.Epoch == op.Epoch, v.IntentRev == op.IntentRev
	next := *v
	next.Revision++
	switch {
	case op.Kind == OpRead:
		return true
	case op.Kind == OpIntent && epoch && v.IntentRev == 0:
		next.Intent, next.IntentRev = op.Chassis, next.Revision
	case op.Kind == OpVeto && intent && v.IntentRev != 0:
		next.Intent, next.IntentRev = "", 0
	case op.Kind == OpClaim && epoch && intent:
		next.Active, next.Holder, next.Epoch, next.Members = op.Chassis, op.Boot, next.Revision, op.Members
		next.Intent, next.IntentRev = "", 0
	case op.Kind == OpRelease && epoch:
		next.Active, next.Holder, next.Epoch, next.Members = op.To, 0, next.Revision, op.Members
	default:
		return false
	}
	*v = next
	return true
}

// Store is what the chassis of a group share: a linearizable store, such as etcd. Do is linearizable
// if it takes effect at one moment between its call and its return, for all chassis in the same order,
// or, if it fails, at one moment after its call or never.
//
// The methods are safe for concurrent use.
type Store interface {
	// Do carries out a transaction on a LAG. It returns the view after it and whether the
	// comparisons held. After an error the transaction may or may not have been carried out.
	Do(ctx context.Context, lag string, op Op) (View, bool, error)

	// Changes returns a channel that gets a value after changes by other chassis. Each value is
	// only a hint to read; it may be late or missing.
	Changes() <-chan struct{}

	Close() error
}

// Directory is a [Store] that also holds what the chassis of a group publish about themselves. An
// implementation of Store that is also a Directory lets [Chassis] compare settings and partners.
// Its Changes are hints to read what is published, too.
type Directory interface {
	Store

	// Publish replaces what chassis me publishes about a LAG, or with an empty lag about itself; at
	// most 4096 octets; nil withdraws it. The store drops it some seconds after me has gone.
	Publish(ctx context.Context, me ID, lag string, text []byte) error

	// Published returns what each chassis publishes about a LAG, or with an empty lag about itself. With an
	// error it may return a part of that; nil means nothing.
	Published(ctx context.Context, lag string) (map[ID][]byte, error)

	// Keep returns what the store keeps under a name for good. If there is nothing, it first
	// stores text.
	Keep(ctx context.Context, name string, text []byte) ([]byte, error)
}
