package chassis

import (
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/lacp"
)

// Carrier is what carries a LAG on this chassis: a [bond.Bond] with Config.NeedsPermission. If it also
// has the method SetForeign of a Bond, a Chassis gives it the ports of the other chassis.
type Carrier interface {
	SetPermission(bond.Permission) error
	Status() bond.Status
}

// External gives a LAG to this chassis as the appliance's own high-availability engine decides, one
// that imports a storage pool, Pacemaker or keepalived. There is no Machine and no Store, because a
// second election must not compete with the engine's. The engine renews its decision; the
// data path closes by itself when it no longer does.
//
// The engine is responsible that no other chassis is active until Hold, with an allowance for the rates
// of clocks, has passed since the last renewal here.
type External struct {
	carrier Carrier
	hold    time.Duration
}

// NewExternal returns the External of a LAG whose permissions last for hold, from 300 ms to a minute.
// The error is a [*lacp.FieldError].
func NewExternal(c Carrier, hold time.Duration) (*External, error) {
	if hold < minHold || hold > time.Minute {
		return nil, &lacp.FieldError{Field: "hold", Value: hold.String(), Allowed: minHold.String() + " to 1m"}
	}
	return &External{c, hold}, nil
}

// Renew lets the LAG carry data for the hold time from asked, which is the time of [plane.Clock] just
// before the engine began to find out that this chassis is active: a pause of the process after that
// makes the permission no longer. epoch counts the engine's decisions. The error is the Carrier's.
func (e *External) Renew(asked time.Duration, epoch uint64) error {
	return e.carrier.SetPermission(bond.Permission{Until: asked + e.hold, Epoch: epoch, Code: lacp.ReasonPermissionLost, Have: "epoch " + strconv.FormatUint(epoch, 10)})
}

// Stop closes the data path: this chassis stands by. active is the name of the active one, if it is
// known. When Stop returns without an error, no frame passes any more, and another chassis may be
// active at once. The error is the Carrier's.
func (e *External) Stop(active ID) error {
	return e.carrier.SetPermission(bond.Permission{Code: lacp.ReasonStandbyChassis, Have: string(active)})
}
