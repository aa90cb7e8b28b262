package hash

import "strconv"

// A FieldError reports a value that is not allowed. Nothing of the configuration it was part of
// has been applied. It has the fields of lacp.FieldError.
type FieldError struct {
	Field   string // the name of the field, or of the type of a text
	Value   string // the rejected value
	Allowed string // the allowed values
}

// Error returns the field, its value and the allowed values in one line.
func (e *FieldError) Error() string {
	return "hash: " + e.Field + " is " + strconv.Quote(e.Value) + ", allowed: " + e.Allowed
}
