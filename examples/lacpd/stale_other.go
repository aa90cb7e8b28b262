//go:build windows || plan9

package main

// isStale reports whether a connection failed because its socket is stale,
// which is not known here.
func isStale(error) bool { return false }
