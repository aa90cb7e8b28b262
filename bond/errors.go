package bond

import (
	"errors"
	"fmt"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// ConfigError reports a configuration value that is not allowed. Nothing of the configuration
// it was part of has been applied. It wraps a [*lacp.FieldError] with the same fields.
type ConfigError struct {
	Field   string
	Value   string
	Allowed string
}

// Error returns the field, its value and the allowed values in one line.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("bond: %s is %q, allowed: %s", e.Field, e.Value, e.Allowed)
}

// Unwrap returns the refusal as the other packages report it.
func (e *ConfigError) Unwrap() error {
	return &lacp.FieldError{Field: e.Field, Value: e.Value, Allowed: e.Allowed}
}

// asConfigError turns an engine's or a plane's refusal of a field into a ConfigError, with
// prefix in front of the field's name. It returns other errors as they are.
func asConfigError(err error, prefix string) error {
	var whole *ConfigError
	var field *lacp.FieldError
	if !errors.As(err, &whole) && errors.As(err, &field) {
		return &ConfigError{prefix + field.Field, field.Value, field.Allowed}
	}
	return err
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
