package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// bootTime returns the time since the boot. It goes on while the machine is suspended.
func bootTime() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) // every kernel since 2.6.39 has this clock
	return time.Duration(t.Nano())
}
