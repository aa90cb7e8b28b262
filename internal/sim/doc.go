// Package sim runs LACP Systems against each other in virtual time, over links
// that delay, lose, duplicate, reorder and corrupt frames, are cut in one
// direction, lose carrier or are plugged in elsewhere, and through stalls and
// restarts of a System.
//
// A [Network] holds [Node] values, each with its lacp.System, and [Link] values
// between their ports. Nothing runs by itself: [Network.Advance] moves the clock
// from event to event. All chance comes from one seed, so a run can be repeated.
// After each event the invariants of check.go are tested for the Systems that
// it touched; the first violation ends the run.
//
// [RunScript] drives a Network with a text of commands, for golden traces;
// [Swarm] with such a text drawn from a seed, which [Shrink] makes short.
package sim
