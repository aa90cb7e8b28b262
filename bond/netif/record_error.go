package netif

// RecordError reports a file in the state directory that [Restore] could not use. The
// other records are restored all the same.
type RecordError struct {
	Path  string // the record
	Aside string // where it was moved to; empty if it was removed or left in place
	Err   error  // why it was not used

	keep bool // it may be a record all the same
}

// Error returns one line with the path, the cause and the new path.
func (e *RecordError) Error() string {
	s := "bond: record " + e.Path + ": " + e.Err.Error()
	if e.Aside != "" {
		s += " (moved to " + e.Aside + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }
