// Package netif opens Linux network interfaces for a bond: [OpenLink] takes an interface
// over as a member, [OpenDevice] makes the device that the host uses, and [Restore]
// puts interfaces back that a process left as members when it was killed.
//
// A monitor per network namespace reports the state of the links. What a takeover
// changes is on disk before it is changed.
package netif
