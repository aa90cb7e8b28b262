// Package etcd is the store of package chassis in an etcd cluster. It is a module of its own, so that
// programs without it do not need etcd's client.
//
//	chassis A: Store ─┬─ client ─▶ member on A ─┐
//	                  ├─ client ─▶ member on B ─┼─ quorum: any two
//	                  └─ client ─▶ witness ─────┘
//
// [Open] returns a [Store]. It has one client for each member of the cluster. A request goes to the
// member on this box, or else to the one that answers fastest. If the answer takes longer than 60 ms,
// the next member is asked too, and the first answer counts. So a member that dies or hangs costs 60 ms
// once, and a transaction may be carried out twice. It compares first, so the second time changes
// nothing that matters: see [chassis.Op].
//
// Every error of a member is loss of contact with it. If no member answers, the chassis has lost contact
// with the store, and package chassis knows what that means.
//
// # Keys
//
// All keys of a group begin with /lagkit/v1/GROUP/. Names in a key are escaped as in a URL.
//
//	lag/LAG/active          who carries the LAG. Its mod revision is the epoch. No lease
//	lag/LAG/intent          who intends to take over. No lease
//	lag/LAG/ports/CHASSIS   what a chassis publishes about a LAG; under its lease
//	chassis/CHASSIS         what it publishes about itself; under its lease
//	identity, number/1, …   what is kept for good
//
// The values of active and intent are JSON such as
//
//	{"chassis":"head-a","members":"5f1c0a3e9d2b7741","v":1}
//
// While one of them has a higher v, its transactions return a [*VersionError], and the chassis stays
// standby: it is older than the one that has written the value. Fields that it does not know are kept. A
// value that makes no sense is a [*ValueError]. It stays until an operator removes the key with etcdctl
// del KEY. All other texts are the publishers', who have versions of their own.
//
// Facts have no lease, because etcd's time must not decide about them: a new leader of the cluster starts
// all leases again, and a lease is lost with a connection. The lease of what is published takes 10
// seconds. It is renewed each 3 seconds by any member that answers, and if it is lost, all is published
// again.
//
// # The cluster
//
// Use three members: one on each of two boxes and a witness. Two members are worse than one, because
// both have to live. Prefer the witness as leader: then the death of a box costs no election. Short
// heartbeats (--heartbeat-interval=50 --election-timeout=500 in one network) shorten elections.
//
// A Store belongs to one cluster, the first one that more than half of its endpoints are members of. It
// refuses a member that was set up again as a cluster of its own, which knows nothing of the group,
// and so would let a second chassis carry a LAG. After a restore from a backup etcd counts revisions
// from the past, and has a new cluster ID: then restart all chassis.
//
// # Security
//
// Whoever can write the keys of a group can take any of its LAGs. Give each chassis a certificate, with
// the name of its user in the common name, and its user one role:
//
//	etcdctl role add lagkit-nas1
//	etcdctl role grant-permission lagkit-nas1 --prefix=true readwrite /lagkit/v1/nas1/
//	etcdctl user add head-a --no-password
//	etcdctl user grant-role head-a lagkit-nas1
//
// The role has the rights that a Store needs, and no others.
//
// # Limits
//
// A name has at most 64 octets, a value 4 KiB and a group 15 chassis. What is larger in the store is an
// error, not memory. A message of more than 4 MiB is refused.
//
// # Scale
//
// A chassis needs a connection to each member, one watch and one lease. It reads once in Hold as standby,
// and while it carries a LAG and all others grant; without their grants it reads each quarter of Hold. LAGs
// whose reads begin within the same millisecond share one request. A member that a chassis does not ask
// otherwise is probed each 2 seconds.
// Heartbeats between chassis do not touch etcd. Reads are linearizable, but no log entries: they
// cost no disk. Writes happen only if something changes. A cluster that answers slowly is not asked more
// often for that: a chassis sends at most 2 requests a second to a further member.
//
// In the test TestScale of module etcdtest, 200 chassis read 1,000 LAGs each 500 ms: 2,000 reads in 510
// requests a second. On 2 cores, which three members and all 200 chassis shared, half of
// the reads took less than 4.0 ms, and 99 of 100 less than 48 ms; with 20 chassis it was 3.6 and 10 ms. A
// member used a quarter of a core. If all chassis were cut from each other at the same time, these cores
// were full: half of 6,800 reads in 2,400 requests a second took less than 0.27 s, 99 of 100 less than
// 0.82 s, and none failed.
//
// Beyond that, on paper:
//
//   - With Hold of 1 s, a chassis makes 1 request a second, 1 probe and a third of a lease renewal. 1,000
//     chassis in pairs are 2,300 requests a second, as many as were measured: it takes a member with
//     a core of its own.
//   - A member has a connection and a watch of each chassis, which is about 0.1 MB: 100 MB for 1,000.
//   - An event goes to the chassis of its group, at most 15. So events grow with writes, not with
//     chassis.
//   - A LAG with publications of 1 KiB of two chassis needs 2.5 KB in the store, 5,000 LAGs 13 MB. etcd's
//     default limit is 2 GB.
//   - After a power cut at a site, each chassis writes itself and its LAGs: with 1,000 chassis of 5 LAGs
//     6,000 publications, 5,000 claims and 1,000 leases. At 1,000 writes a second that takes 12 seconds.
//     Claims wait among the rest, so Hold of 2 s and more is right there.
//   - Groups share nothing. Beyond 1,000 chassis, or before, give some groups a cluster of their own: that
//     is another list of endpoints, and no change of a program.
package etcd

// # Files
//
// From the bottom up: a file uses those before it.
//
//   - Values: config.go keys.go value.go
//   - The members and who is asked: token.go member.go spare.go ask.go
//   - The store, in parts that refer to each other: store.go cluster.go transaction.go read.go
//     watch.go lease.go directory.go status.go
