// Package link defines the interfaces between a bond and the machine it runs on. It contains
// types only. A member is a [Port], and a [Link] if it also carries data frames. A bond gives
// the host a [Device]. Each optional ability has its own interface, such as [MTUSetter].
//
// Package bond/netif implements them for Linux network interfaces, and package
// bond/link/linktest in memory.
package link
