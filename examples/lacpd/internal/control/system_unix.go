//go:build !windows && !plan9

package control

import (
	"errors"
	"io/fs"
	"syscall"
)

// isStale reports whether a connection failed because its socket is stale.
func isStale(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// isReset reports whether a connection ended because its listener did.
func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }

// belongsTo reports whether a file belongs to a group.
func belongsTo(f fs.FileInfo, group int) bool {
	st, ok := f.Sys().(*syscall.Stat_t)
	return ok && int(st.Gid) == group
}
