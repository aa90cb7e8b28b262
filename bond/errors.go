package bond

import (
	"errors"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// ErrConflict is returned by [Bond.Set] if other calls of Set changed the settings during each
// of its attempts.
var ErrConflict = errors.New("bond: settings changed by other calls of Set")

// The errors of [Bond.Send], [Bond.Receive] and [Bond.PacketConn]: see package plane.
var (
	ErrNoMember    = plane.ErrNoMember
	ErrTooLong     = plane.ErrTooLong
	ErrNotEthernet = plane.ErrNotEthernet
	ErrNoDataPath  = plane.ErrNoDataPath
)

// planLimit is how long a plane may take for a plan before that is reported.
const planLimit = time.Second

// errPlanLate means that a plan is not in use although its time is over.
var errPlanLate = errors.New("the data plane has not carried out a plan within " + planLimit.String())
