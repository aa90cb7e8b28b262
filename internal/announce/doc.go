// Package announce builds frames that show a network where addresses are: announcements of
// stations, and queries that make a host report its multicast groups again.
package announce
