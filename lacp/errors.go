package lacp

// FieldError reports a configuration value that can't be used. Nothing of the
// configuration it was part of has been applied.
type FieldError struct {
	Field   string // the field, as it is named in Go
	Value   string // the value that was given
	Allowed string // what is allowed
}

// Error returns field, value and what is allowed in one line.
func (e *FieldError) Error() string {
	return "lacp: " + e.Field + " is " + e.Value + ", allowed: " + e.Allowed
}
