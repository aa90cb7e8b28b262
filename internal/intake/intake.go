// Package intake limits how many of a member's slow-protocols frames the bond looks at.
package intake

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// kind is a kind of slow-protocols frame that has its own budget. A flood of one kind
// never starves another kind, in particular not the partner's LACPDUs.
type kind uint8

const (
	kindPartner  kind = iota // LACPDUs from the partner
	kindForeign              // LACPDUs from other sources
	kindOwn                  // frames of the bond's own members that came back
	kindMarker               // Markers
	kindResponse             // Marker Responses
	kindOther                // the rest: OAM, ESMC, malformed frames
	kinds
)

// The budget of each kind, per member. A slow protocol sends at most ten frames a second
// (802.3 Annex 57A), LACP three.
const (
	perSecond = 20
	burst     = 32
)

// partnerSilence is how long a partner that is there may be silent. After that the next source
// of LACPDUs counts as the partner.
const partnerSilence = lacp.LongTimeoutTime

// Intake limits how many of a member's slow-protocols frames are admitted. It belongs to the
// goroutine that reads them.
type Intake struct {
	limits  [kinds]*tokenBucket
	partner lacp.MAC  // the source of the partner's LACPDUs; zero if none has arrived yet
	heard   time.Time // when the last one arrived
}

// New returns an Intake with full budgets.
func New(now time.Time) *Intake {
	k := new(Intake)
	for i := range k.limits {
		k.limits[i] = newTokenBucket(now, perSecond, burst)
	}
	return k
}

// Admit reports whether a frame is within the budget of its kind. own reports whether an
// address is that of a member of this bond.
func (k *Intake) Admit(now time.Time, frame []byte, own func(lacp.MAC) bool) bool {
	return k.limits[k.kindOf(now, frame, own)].take(now)
}

// Partner returns the source of the partner's LACPDUs; zero if none has arrived yet.
func (k *Intake) Partner() lacp.MAC { return k.partner }

func (k *Intake) kindOf(now time.Time, frame []byte, own func(lacp.MAC) bool) kind {
	f := lacp.ParseSlow(frame)
	switch {
	case !f.Untagged() || !f.ToGroup():
		return kindOther
	case own(f.Source):
		return kindOwn
	case f.Kind == lacp.SlowMarker:
		return kindMarker
	case f.Kind == lacp.SlowMarkerResponse:
		return kindResponse
	case f.Kind != lacp.SlowLACPDU:
		return kindOther
	}
	if f.Source != k.partner && now.Sub(k.heard) > partnerSilence {
		k.partner = f.Source
	}
	if f.Source != k.partner {
		return kindForeign
	}
	k.heard = now
	return kindPartner
}
