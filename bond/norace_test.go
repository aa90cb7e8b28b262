//go:build !race

package bond_test

const raceEnabled = false
