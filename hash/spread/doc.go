// Package spread turns the numbers of package hash into members of a group.
//
// [Table] and a Distributor with [Modulo] take the hash modulo the number of members that
// are up, in order, as Linux does. When a member comes or goes, most flows move, even
// those of members that stayed. [NewResilientTable] takes the hash modulo all members, and
// moves only the flows of members that are down.
//
// A [Distributor] with [Resilient], the default, maps hashes to buckets, and buckets to
// members in proportion to their weights. The loss of a member moves only its own buckets,
// and they come back when it returns. Update and Balance return lists of the buckets that
// move. The balancer moves buckets from busy members to idle ones when the busiest is 10 % above the mean; it
// moves few buckets, and seldom. Each sending goroutine needs its own [Worker].
//
// To learn why a frame took its member, see [Snapshot.Explain]. To learn how well traffic
// spreads, and what a loss would move, see [Distributor.Report], and run the program
// examples/hashview on a capture.
//
// Tables and Snapshots are immutable and safe for concurrent use. Picking does not allocate.
package spread
