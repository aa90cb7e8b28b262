package config

import (
	"fmt"

	"github.com/lagkit/lagkit/lacp"
)

// Error reports a configuration value that is not allowed. Nothing of the configuration it was
// part of has been applied. It wraps a [*lacp.FieldError] with the same fields.
type Error struct {
	Field   string
	Value   string
	Allowed string
}

// Error returns the field, its value and the allowed values in one line.
func (e *Error) Error() string {
	return fmt.Sprintf("bond: %s is %q, allowed: %s", e.Field, e.Value, e.Allowed)
}

// Unwrap returns the refusal as the other packages report it.
func (e *Error) Unwrap() error {
	return &lacp.FieldError{Field: e.Field, Value: e.Value, Allowed: e.Allowed}
}
