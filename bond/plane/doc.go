// Package plane defines what a data plane is. The data plane carries the data frames of a
// bond, while the bond's control decides which members carry them.
//
// Control hands the plane a [Plan]: immutable, complete, replaced as a whole. The plane
// reports to control through its [Host]. Control calls a plane from one goroutine at a time,
// and the plane must not block it: Apply returns within a millisecond. A plane that can not promise
// that is a [Waiter], whose plans an [Async] applies.
//
//	control ── Plan ──▶ Plane ◀── data frames ── links, device or kernel
//	        ◀── Host ──
//
// Package user is the default plane, which takes every frame through this process. Any other
// type that implements [Plane] works too. [None] carries nothing; use it to run LACP as a
// probe on an interface that the host continues to use.
//
// Abilities that only some planes have are separate interfaces: [DataPath], [Sender], [Holder],
// [BucketCounter], [BucketLimiter], [DeviceFollower], [Extender], [Keeper], [Waiter], [CounterReader],
// [Drifter].
package plane
