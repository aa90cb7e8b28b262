package lacp

import "slices"

const (
	foldShift    = 10
	maxFoldedKey = 1<<foldShift - 1
)

// speedClasses are the speeds with a class of their own, in Mb/s. A speed
// between two of them belongs to the lower one.
var speedClasses = []uint32{1, 10, 100, 1000, 2500, 5000, 10000, 20000, 25000, 40000,
	50000, 56000, 100000, 200000, 400000, 800000, 1600000}

// FoldKey computes the operational key from an administrative key, 1 to 1023, and
// the link's speed and duplex mode. Links that differ in speed or duplex mode never
// have the same key and so never aggregate. Unknown speed and duplex are values of
// their own and leave the key unchanged.
func FoldKey(admin Key, l Link) Key {
	class := 0
	if l.SpeedMbps != 0 {
		i, found := slices.BinarySearch(speedClasses, l.SpeedMbps)
		if !found {
			i--
		}
		class = i + 1
	}
	return admin | Key(class*3+int(l.Duplex))<<foldShift
}
