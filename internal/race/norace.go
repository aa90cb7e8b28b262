//go:build !race

// Package race tells tests whether the race detector runs. It multiplies times and memory, and makes
// pools drop what is put back.
package race

// Enabled is whether the race detector runs.
const Enabled = false
