// Package sim runs LACP Systems against each other in virtual time. Its links delay,
// lose, duplicate, reorder and corrupt frames, fail in one direction, lose carrier or are
// plugged in elsewhere. Its Systems stall and restart.
//
// A [Network] holds [Node] values, each with its lacp.System, and [Link] values
// between their ports. Time passes only in [Network.Advance], which moves the clock from
// event to event. All randomness comes from one seed, so a run can be repeated. After each
// event the Network tests the invariants of check.go for the Systems that the event
// touched. The first violation ends the run.
//
// [RunScript] drives a Network with a script, for golden traces. [Swarm] drives one with a
// script drawn from a seed. [Shrink] shortens a script that fails.
package sim
