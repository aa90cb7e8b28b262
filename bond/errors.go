package bond

import (
	"errors"
	"fmt"
)

// ConfigError reports a configuration value that can't be used. Nothing of the
// configuration it was part of has been applied.
type ConfigError struct {
	Field   string
	Value   string
	Allowed string
}

// Error returns field, value and what is allowed in one line.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("bond: %s is %q, allowed: %s", e.Field, e.Value, e.Allowed)
}

// ErrConflict is the error of [Bond.Set] if other calls of Set came between each time.
var ErrConflict = errors.New("bond: settings were changed by other calls of Set meanwhile")

// The errors of [Bond.Send].
var (
	// ErrNoMember: no member may distribute at the moment. The frame was dropped.
	ErrNoMember = errors.New("bond: no member is distributing")
	// ErrTooLong: the frame is longer than the bond's MTU allows.
	ErrTooLong = errors.New("bond: frame is longer than the MTU allows")
	// ErrNotEthernet: the frame is shorter than an Ethernet header, or a
	// slow-protocols frame, which is never distributed.
	ErrNotEthernet = errors.New("bond: not a data frame")
)
