// Package link is the seam between a bond and the machine it runs on, types only:
// a member is a [Port], and a [Link] if it carries data frames too; what a bond gives
// the host is a [Device]. What only some of them can do is an interface of its own,
// such as [MTUSetter].
//
// Package bond/netif implements them for Linux network interfaces, package
// bond/link/linktest in memory.
package link
