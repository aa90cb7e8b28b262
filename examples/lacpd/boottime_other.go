//go:build !linux

package main

import "time"

var started = time.Now()

// bootTime returns the time since the start of the program.
func bootTime() time.Duration { return time.Since(started) }
