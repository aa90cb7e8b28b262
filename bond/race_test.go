//go:build race

package bond_test

// raceEnabled reports whether the race detector runs. It makes pools drop items that are put
// back.
const raceEnabled = true
