package netif

// RecordError reports a file in the state directory that [Restore] could not use. Restore
// still uses the other records.
type RecordError struct {
	Path  string // the record
	Aside string // where the file was moved to; empty if it was removed or left in place
	Err   error  // why it was not used

	keep bool // it may still be a record
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
