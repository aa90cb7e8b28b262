//go:build race

package etcdtest

// raceEnabled reports whether the race detector runs. It makes times worthless.
const raceEnabled = true
