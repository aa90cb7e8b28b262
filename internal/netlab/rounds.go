package netlab

import "os"

// Rounds returns how often a test repeats what takes long: few times, or many if the environment
// variable LAGKIT_LAB is set.
func Rounds(few, many int) int {
	if os.Getenv("LAGKIT_LAB") != "" {
		return many
	}
	return few
}
