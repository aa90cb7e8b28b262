// Package announce builds the frames that tell a network where addresses are: announcements
// of stations, and the queries that make a host report its multicast groups again.
package announce
