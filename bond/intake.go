package bond

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// intakeKind is a kind of slow-protocols frame that has its own budget. A flood of one kind
// never starves another kind, in particular not the partner's LACPDUs.
type intakeKind uint8

const (
	intakePartner  intakeKind = iota // LACPDUs from the partner
	intakeForeign                    // LACPDUs from other sources
	intakeOwn                        // frames of the bond's own members that came back
	intakeMarker                     // Markers
	intakeResponse                   // Marker Responses
	intakeOther                      // the rest: OAM, ESMC, malformed frames
	intakeKinds
)

// The budget of each kind, per member. A slow protocol sends at most ten frames a second
// (802.3 Annex 57A), LACP three.
const (
	intakePerSecond = 20
	intakeBurst     = 32
)

// partnerSilence is how long a partner that is there may be silent. After that the next source
// of LACPDUs counts as the partner.
const partnerSilence = lacp.LongTimeoutTime

// intake limits how many of a member's slow-protocols frames reach control. It belongs
// to the goroutine that reads them.
type intake struct {
	limits  [intakeKinds]*tokenBucket
	partner lacp.MAC  // the source of the partner's LACPDUs; zero if none has arrived yet
	heard   time.Time // when the last one arrived
}

func newIntake(now time.Time) *intake {
	k := new(intake)
	for i := range k.limits {
		k.limits[i] = newTokenBucket(now, intakePerSecond, intakeBurst)
	}
	return k
}

// admit reports whether a frame is within the budget of its kind. own reports whether an
// address is that of a member of this bond.
func (k *intake) admit(now time.Time, frame []byte, own func(lacp.MAC) bool) bool {
	return k.limits[k.kindOf(now, frame, own)].take(now)
}

func (k *intake) kindOf(now time.Time, frame []byte, own func(lacp.MAC) bool) intakeKind {
	f := lacp.ParseSlow(frame)
	switch {
	case !f.Untagged() || !f.ToGroup():
		return intakeOther
	case own(f.Source):
		return intakeOwn
	case f.Kind == lacp.SlowMarker:
		return intakeMarker
	case f.Kind == lacp.SlowMarkerResponse:
		return intakeResponse
	case f.Kind != lacp.SlowLACPDU:
		return intakeOther
	}
	if f.Source != k.partner && now.Sub(k.heard) > partnerSilence {
		k.partner = f.Source
	}
	if f.Source != k.partner {
		return intakeForeign
	}
	k.heard = now
	return intakePartner
}
