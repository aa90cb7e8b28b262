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
// A chassis needs a connection to each member, one watch and one lease. It reads only while it carries a
// LAG, each quarter of Hold, and then all its LAGs whose reads fall into the same millisecond in one
// request. A standby chassis reads once in Hold. A member that gets no request of a chassis is probed
// each 2 seconds. Heartbeats between chassis do not touch etcd. Reads are linearizable, but no log
// entries: they cost no disk. Writes happen only if something changes.
//
// The test TestScale, in module etcdtest, has 200 chassis with 1,000 LAGs. Beyond that, on paper:
//
//   - Requests grow with chassis, not with LAGs: with Hold of 1 s a chassis makes 4 reads a second as
//     active one and 1 as standby, and 1 probe. 1,000 chassis are 5,000 to 6,000 requests a second on
//     three members, which is a quarter of what etcd's own benchmark reads from one core each, and
//     400 lease renewals a second, which the leader alone serves.
//   - Groups share nothing. The way beyond about 500 chassis is a second cluster for other groups: it
//     takes another list of endpoints and no change of a program.
//   - 1,000 LAGs with publications of 1 KiB of two chassis each are 2 MB in the store, 1,000 chassis
//     with 5 LAGs each 10 MB. etcd's default limit is 2 GB.
//   - After a power cut at a site, each chassis writes its lease, itself and its LAGs: with 1,000
//     chassis and 5,000 LAGs 12,000 writes. At 1,000 writes a second, which a member with an SSD does
//     easily, that takes 12 seconds. No permission waits for them, since they are publications; intents
//     and claims wait in the same queue, and there Hold of 2 s and more is right.
//   - A hint goes to all chassis of its group only, at most 15. So events grow with writes, not with
//     chassis.
package etcd

// # Files
//
// From the bottom up: a file uses those before it.
//
//   - Values: config.go keys.go value.go
//   - The members and who is asked: token.go member.go spare.go ask.go
//   - The store, in parts that refer to each other: store.go cluster.go transaction.go read.go
//     watch.go lease.go directory.go status.go
