package bond

import (
	"errors"
	"fmt"

	"github.com/lagkit/lagkit/bond/plane"
)

// ConfigError reports a configuration value that is not allowed. Nothing of the configuration
// it was part of has been applied.
type ConfigError struct {
	Field   string
	Value   string
	Allowed string
}

// Error returns the field, its value and the allowed values in one line.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("bond: %s is %q, allowed: %s", e.Field, e.Value, e.Allowed)
}

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
