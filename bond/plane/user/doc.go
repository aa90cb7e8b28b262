// Package user is the data plane that takes every frame through this process: from callers
// of Send and from the bond's device to the members' links, and back. It needs nothing of
// the kernel but the links themselves, and knows every policy of package hash.
//
// The data path takes no lock and calls nothing in control: senders load one plan, and
// control replaces it as a whole. A goroutine for each member and each queue of the device
// reads frames in batches.
package user
