// Package announce shows a network where the addresses behind a bond are. It builds the frames,
// announcements of stations and queries that make a host report its multicast groups again, and
// decides when they are sent: see [Announcer].
package announce
