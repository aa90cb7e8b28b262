//go:build race

package hash_test

const raceDetector = true
