package waitlist

import "io/fs"

// Lost is the reason why a member was lost.
type Lost string

// Gone is the reason of a member whose interface does not exist any more. It is [fs.ErrNotExist].
const Gone Lost = "its interface is gone"

// Error returns the reason.
func (l Lost) Error() string { return string(l) }

// Is reports whether the member is lost because its interface does not exist.
func (l Lost) Is(target error) bool { return target == fs.ErrNotExist && l == Gone }
