package waitlist

import "time"

// Await tries the missing interfaces when they are due, until stop is closed. due is [List.Due] for
// the present; all of them are due at first and after each arrival. After a value on retry it
// asks due again.
func Await(arrivals, retry, stop <-chan struct{}, due func(all bool) (names []string, next time.Time), try func(name string)) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	all := true // an interface may have arrived before there was a channel
	for {
		names, _ := due(all)
		for _, name := range names {
			try(name)
		}
		if _, next := due(false); !next.IsZero() {
			timer.Reset(time.Until(next))
		} else {
			timer.Stop()
		}
		all = false
		select {
		case <-arrivals:
			all = true
		case <-retry:
		case <-timer.C:
		case <-stop:
			return
		}
	}
}
