// Package hash decides which member of a link aggregation group carries a
// frame: frame -> 32-bit hash -> member. The policies are those of the Linux
// bonding driver, bit for bit (kernels 5.18 and later, and the stable releases
// that took the same fixes), so that a bond built here puts a flow on the same
// member as a kernel bond with the same policy and the same order of members.
//
// A [Hasher] computes the number, a [Table] turns it into a member:
//
//	h, err := hash.New(hash.Layer34, hash.Options{})
//	t := hash.NewTable([]uint16{0, 1, 2, 3})
//	member, ok := t.Pick(h.Sum32(frame))
//
// Both are immutable and safe for use by many goroutines. Nothing here
// allocates per frame, and no frame, however short or malformed, panics.
//
// # Which policy
//
// All three read the Ethernet header: the last octet of both addresses and the
// EtherType.
//
//   - [Layer2] reads nothing else. Right for traffic that is not IP and comes
//     from many stations. All traffic of one pair of stations, for instance
//     everything that goes through one router, takes one member.
//   - [Layer23], the default, adds the IPv4 or IPv6 addresses. All traffic of
//     one pair of hosts takes one member, and fragments stay with their flow.
//     A frame that is not IP is hashed as by Layer2.
//   - [Layer34] uses the IP addresses and the TCP, UDP, UDP-Lite, SCTP or DCCP
//     ports, the SPI of ESP and AH, or the identifier of an ICMP query, and
//     leaves the Ethernet header out. It spreads the connections of one pair
//     of hosts, also behind NAT. It does not conform to 802.1AX in one respect:
//     the fragments of a datagram carry no ports, so a flow that is sometimes
//     fragmented and sometimes not is split over two members and may be
//     reordered. A frame that is not IP is hashed as by Layer2.
//
// An ICMP error is hashed by the addresses of the packet it is about, and by
// its ports with Layer34. IPv6 extension headers are not walked: behind one,
// only the addresses count. Layer34 is not symmetric: the two directions of a
// connection may take different members.
//
// # Tagged frames
//
// What Linux sees of a VLAN tag depends on how a frame came to the bond; see
// [TagView]. Only the outer tag is ever looked through: the contents of a QinQ
// frame are not hashed. 0x9100 does not count as a tag.
//
// # Limits
//
// Every hash keeps a flow on one member, so one flow is never faster than one
// link, and a few heavy flows stay uneven under any policy. Small, regular sets
// of flows can be much worse than chance: addresses that count up in step on
// both ends cancel out in the XOR, so that with Layer34 and fixed ports all
// pairs 10.0.1.i -> 10.0.2.i take the same member, and with Layer23 clients
// whose MAC and IP addresses count up together use half or a quarter of them.
// Two stages of bonds with the same policy and equal member counts polarize:
// the second stage uses one member only. When a member comes or goes, modulo
// selection moves most flows, also of members that stayed.
package hash
