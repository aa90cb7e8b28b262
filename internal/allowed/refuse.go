package allowed

import (
	"errors"

	"github.com/lagkit/lagkit/bond/config"
	"github.com/lagkit/lagkit/lacp"
)

// Refuse returns the error for a value of a field that is not allowed.
func Refuse(field, value, allowed string) error {
	return &config.Error{Field: field, Value: value, Allowed: allowed}
}

// Refusal turns an engine's or a plane's refusal of a field into a config.Error, with prefix in
// front of the field's name. It returns other errors as they are.
func Refusal(err error, prefix string) error {
	var whole *config.Error
	var field *lacp.FieldError
	if !errors.As(err, &whole) && errors.As(err, &field) {
		return Refuse(prefix+field.Field, field.Value, field.Allowed)
	}
	return err
}
