// Package catch catches the frames of a test at the ends of its cables, with their VLAN tags, so
// that the test can state where each has to arrive.
package catch
