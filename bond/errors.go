package bond

import (
	"errors"

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
