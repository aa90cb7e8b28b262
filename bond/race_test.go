//go:build race

package bond_test

// raceEnabled: the race detector makes pools forget what is put back.
const raceEnabled = true
