//go:build !race

package hash_test

// raceDetector is whether the program looks for races. Tests that count for long then take minutes,
// and have nothing that it could find.
const raceDetector = false
