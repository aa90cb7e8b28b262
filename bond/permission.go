package bond

import (
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Permission is a bond's permission to carry data: see [Config.NeedsPermission].
type Permission struct {
	// Until is the time of [plane.Clock] when the permission ends. Up to then the bond carries
	// data like any other. A time that is past, such as 0, is no permission.
	Until time.Duration

	// Epoch identifies the permission. The bond only keeps it in the state for its successor:
	// see [Bond.Suspend] and Config.Saved.
	Epoch uint64

	// Code, Have and Want are the reason that members report without permission; 0 means
	// lacp.ReasonPermissionLost.
	Code       lacp.ReasonCode
	Have, Want string
}
