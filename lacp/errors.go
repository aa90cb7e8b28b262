package lacp

// FieldError reports an invalid configuration value. No part of the configuration
// has been applied.
type FieldError struct {
	Field   string // the Go name of the field
	Value   string // the rejected value
	Allowed string // the allowed values
}

// Error returns the field, its value and the allowed values in one line.
func (e *FieldError) Error() string {
	return "lacp: " + e.Field + " is " + e.Value + ", allowed: " + e.Allowed
}
