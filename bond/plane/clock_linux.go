package plane

import (
	"time"

	"golang.org/x/sys/unix"
)

// slept returns how long the machine has slept since it was booted.
func slept() time.Duration {
	for {
		before, boot := read(unix.CLOCK_MONOTONIC), read(unix.CLOCK_BOOTTIME)
		// A pause between the two reads would look like sleep.
		if after := read(unix.CLOCK_MONOTONIC); after-before < time.Millisecond {
			return boot - before
		}
	}
}

func read(clock int32) time.Duration {
	var now unix.Timespec
	_ = unix.ClockGettime(clock, &now) // both clocks exist
	return time.Duration(now.Nano())
}
