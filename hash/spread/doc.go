// Package spread turns the numbers of package hash into members of a group.
//
// [Table] and a Distributor with [Modulo] take the hash modulo the members that are
// up, in order: Linux's choice. When a member comes or goes most flows move, also of
// members that stayed. [NewResilientTable] is that with all members up, and moves
// only the flows of those that are down.
//
// A [Distributor] with [Resilient], the default, maps hashes to buckets and buckets to
// members, in proportion to their weights. The loss of a member moves its buckets
// and no other, and on its return they come back. Update and Balance return lists of
// the buckets that move; with Hold they wait until the caller has drained or flushed
// them. The balancer moves the buckets of busy members to idle ones when the busiest
// is 10 % above the mean, seldom and few. Each sending goroutine takes a [Worker].
//
// To ask why a frame went where it went: [Snapshot.Explain]. How well traffic spreads,
// and what a loss would move: [Distributor.Report], and the program
// examples/hashview on a capture.
package spread
