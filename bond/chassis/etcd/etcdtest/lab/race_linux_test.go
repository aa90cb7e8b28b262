//go:build race

package lab

// raceDetector is whether the program looks for races, which costs time and memory.
const raceDetector = true
