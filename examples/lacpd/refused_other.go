//go:build windows || plan9

package main

// nobodyListens says whether a connection failed because its socket is stale,
// which can't be told here.
func nobodyListens(error) bool { return false }
