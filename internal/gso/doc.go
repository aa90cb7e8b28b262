// Package gso does the work in software that a network stack leaves to hardware: it computes
// the checksum of a frame and cuts a large segment into frames.
package gso
