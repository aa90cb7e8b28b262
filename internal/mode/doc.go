// Package mode decides which members of a bond carry data. A [Machine] is pure, like
// [lacp.System]: it has no clock, no goroutine and no link. Its caller passes inputs with the
// present time, and carries out the [Effect] values that the machine returns, in their order.
//
// [LACP] runs IEEE 802.1AX LACP on the members. [Static] does without a protocol: it uses
// members whose link is up.
package mode
