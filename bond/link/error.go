package link

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
)

// Error reports why an interface can't be used, or what failed while it was taken over or
// restored. Fields that don't apply are empty.
type Error struct {
	Name    string // the interface
	Op      string // the operation that failed, such as "set MTU"
	Field   string // the configuration field that is wrong
	Value   string // its value
	Allowed string // the values allowed, or what to do instead
	Err     error  // the cause; nil if the value itself is the cause
}

// Error returns one line with all fields that are set.
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

// Is reports whether target is [fs.ErrNotExist] and the interface does not exist.
func (e *Error) Is(target error) bool {
	return target == fs.ErrNotExist && errors.Is(e.Err, syscall.ENODEV)
}
