//go:build windows || plan9

package control

import "io/fs"

// isStale returns false, because this system does not report whether a connection failed
// because its socket is stale.
func isStale(error) bool { return false }

// isReset returns false, because this system does not report whether a connection ended because its
// listener did.
func isReset(error) bool { return false }

// belongsTo returns false, because files of this system have no group.
func belongsTo(fs.FileInfo, int) bool { return false }
