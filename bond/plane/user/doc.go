// Package user is the data plane that takes every frame through this process: from callers of
// Send and from the bond's device to the members' links, and back. It needs nothing from the
// kernel except the links themselves, and supports every policy of package hash.
//
// The data path takes no lock and calls nothing in control. Senders load the current plan, and
// control replaces the plan as a whole. A goroutine for each member and each queue of the
// device reads frames in batches.
package user
