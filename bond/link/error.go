package link

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
)

// Error says why an interface can't be used, or what failed while it was
// taken over or given back. The fields that don't apply are empty.
type Error struct {
	Name    string // the interface
	Op      string // what was being done, such as "set MTU"
	Field   string // the field of the configuration that is at fault
	Value   string // its value
	Allowed string // what would be accepted, or what to do instead
	Err     error  // the cause; nil if the value itself is the cause
}

// Error returns one line with everything that is known.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("bond: interface ")
	b.WriteString(e.Name)
	if e.Op != "" {
		b.WriteString(": " + e.Op)
	}
	if e.Field != "" {
		b.WriteString(": " + e.Field + " " + e.Value)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Allowed != "" {
		b.WriteString(" (" + e.Allowed + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports that e is [fs.ErrNotExist] if there is no such interface.
func (e *Error) Is(target error) bool {
	return target == fs.ErrNotExist && errors.Is(e.Err, syscall.ENODEV)
}
