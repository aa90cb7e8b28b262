//go:build !linux

package plane

import "time"

// slept returns 0: on this system [Clock] stops while the machine sleeps.
func slept() time.Duration { return 0 }
