// Package plane says what a data plane is: what carries the data frames of a bond while the
// bond's control decides which members carry them.
//
// Control hands the plane a [Plan]: immutable, complete, replaced as a whole. The plane
// reports upwards through its [Host]. Control calls a plane from one goroutine at a time and
// must not be blocked by it: Apply returns within a millisecond.
//
//	control ── Plan ──▶ Plane ◀── data frames ── links, device or kernel
//	        ◀── Host ──
//
// Package user is the plane that takes every frame through this process, and the default.
// Any other type that implements [Plane] works too; [None] carries nothing, for those who
// run LACP as a probe on an interface that the host goes on using.
//
// What only some planes can do is an interface of its own: [DataPath], [Holder],
// [DeviceFollower].
package plane
