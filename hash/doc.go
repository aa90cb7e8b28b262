// Package hash computes the number by which a link aggregation group spreads frames over
// its members: frame -> 32-bit hash -> member. The policies of the Linux bonding driver
// are here bit for bit (kernels 5.18 and later, and the stable releases that took
// the same fixes), so that a bond built here puts a flow on the same member as a
// kernel bond with the same policy and the same order of members. Policy flow is
// for those who are free to choose.
//
// A [Hasher] computes the number. Package spread turns it into a member:
//
//	h, err := hash.New(hash.Layer34, hash.Options{})
//	t := spread.NewTable([]uint16{0, 1, 2, 3})
//	member, ok := t.Pick(h.Sum32(frame))
//
// Hashers are immutable and safe for use by many goroutines.
// Nothing here allocates per frame, and no frame, however short or malformed,
// panics. Frames that must take a given link, such as those of slow protocols, PAUSE
// and LLDP, are not to be given to it.
//
// # Which policy
//
// Take [Flow] where the choice is yours, with a seed of its own for each system. Take
// the one that is configured where a bond has to behave as before, or as its twin
// does. Between the two ends of a link there is nothing to agree on: each side
// spreads what it sends, and they may differ.
//
//   - [Flow] reads IPv4 and IPv6 addresses, the protocol, the ports of TCP, UDP,
//     UDP-Lite, SCTP and DCCP, the SPI of ESP and AH, or the identifier of an ICMP
//     query, and what is around the packet; see "What Flow reads". Its rounds are
//     keyed, so that no set of flows is bad for all seeds, and stages with different
//     seeds do not disturb each other. All fragments of a datagram stay together, and
//     an ICMP error goes with the flow it is about. Options: Symmetric puts both
//     directions on one member, Inner looks into tunnels, Hardened is for networks
//     with hostile users.
//   - [Layer2] reads the last octet of both station addresses and the EtherType.
//     Right for traffic that is not IP and comes from many stations. All traffic of
//     one pair of stations, for instance everything that goes through one router,
//     takes one member.
//   - [Layer23], Linux's choice in most appliances and the zero value here, adds the
//     IPv4 or IPv6 addresses. All traffic of one pair of hosts takes one member, and
//     fragments stay with their flow. A frame that is not IP is hashed as by Layer2.
//   - [Layer34] reads the IP addresses and the ports, SPI or ICMP identifier, and
//     leaves the Ethernet header out. It spreads the connections of one pair of
//     hosts, also behind NAT. A frame that is not IP is hashed as by Layer2.
//   - [Encap23] and [Encap34] are these two by the innermost packet of what Linux's
//     flow dissector follows: VLAN tags, IP in IP, GRE, PPPoE, PRP and HSR, IPv6
//     extension headers; not VXLAN, Geneve or GTP, which go by their outer ports.
//     Encap34 gives all ARP and MPLS frames the hash 0, as Linux does. Linux itself
//     uses a hash that the network card or the socket has left, if there is one:
//     that cannot be repeated from the frame.
//   - [VLANSrcMAC] reads the tag beside the frame, priority included, and the source
//     address.
//   - [DPDKLayer2], [DPDKLayer23] and [DPDKLayer34] are l2, l23 and l34 of the DPDK
//     bonding driver, for replacing one of two ends that are compared. They are the
//     same for both directions. As in DPDK, DPDKLayer34 leaves the ports out where an
//     IPv4 frame ends right after a TCP header without options, or after a UDP header: a
//     bare ACK or an empty datagram. Those of all connections of one pair of hosts take
//     one member, and not the one their data takes. With one octet more, be it padding,
//     and on IPv6, the ports count.
//
// Layer34 and Encap34 do not conform to 802.1AX in one respect, and Flow shares it:
// fragments carry no ports, so a flow that is sometimes fragmented and sometimes not
// is split over two members and may be reordered.
//
// By Layer23 and Layer34 an ICMP error is hashed by the addresses of the packet it is
// about, and by its ports with Layer34; the encap policies do not look into it. Layer34
// is not symmetric: the two directions of a connection may take different members.
//
// # What Flow reads
//
// Between one pair of stations, each of these tells flows apart:
//
//   - the addresses and the ports, SPI or identifier of an IP packet, also behind up
//     to four VLAN tags and eight IPv6 extension headers, in a PPPoE session, and below
//     up to 16 MPLS labels;
//   - the identifiers of all VLAN tags of a frame with two tags or more; not that of a
//     single tag, and not their priorities;
//   - the session of PPPoE, whatever is in it;
//   - all MPLS labels from 16 on, whatever is below them;
//   - the IPv6 flow label of UDP, of fragments, and of protocols without ports; not
//     that of TCP, SCTP, DCCP, ESP and AH, whose hosts may change it;
//   - with Inner, the packet in IP in IP, GRE, PPTP, L2TP, MPLS in IP or UDP, VXLAN,
//     Geneve or GTP-U, in place of the outer one; the tunnel and session of L2TP and
//     the call of PPTP, whatever is in it. Of L2TP version 3 the session alone counts.
//
// Symmetric leaves out what each direction has of its own: SPIs, MPLS labels, IPv6 flow
// labels, sessions of L2TP and PPTP.
//
// What is none of these goes by its two stations and its EtherType, so all of it between
// one pair of stations takes one member: other protocols than IP, PPPoE and MPLS, and
// what a pseudowire, MACsec or an encrypted tunnel carries. Without Inner all flows in one
// tunnel take one member, unless its sender varies the outer UDP port or flow label.
//
// # Tagged frames
//
// What Linux sees of a VLAN tag depends on how a frame came to the bond; see
// [TagView], and [Hasher.SumMeta] for a tag that is kept beside the frame. By Layer2,
// Layer23 and Layer34 only the outer tag is ever looked through: the contents of a
// QinQ frame are not hashed. 0x9100 counts as a tag for Flow only, which hashes a tag
// in the frame and one beside it alike.
//
// # From hash to member
//
// Package spread has the tables that turn the number into a member: Linux's modulo, and
// buckets with weights and a balancer.
//
// # Limits
//
// Every hash keeps a flow on one member, so one flow is never faster than one link,
// and a few heavy flows, the elephants, stay uneven under any policy: only the
// balancer helps, and it cannot divide a flow either.
//
// Flow behaves like random assignment of the flows that it tells apart: of 254 flows on
// 8 members the busiest member has 1.26 times the mean, and in one case of a hundred
// 1.5 times. On such small, regular sets the policies of Linux can be better than that,
// at 1.00, and they can be much worse: addresses that count up in step on both ends
// cancel out in the exclusive or, so that with Layer34 and fixed ports all pairs
// 10.0.1.i -> 10.0.2.i take the same member, and clients whose MAC and IP addresses
// count up together use a part of the members with Layer23, at worst a single one. Two
// stages of bonds with the same Linux policy and equal member counts polarize: the
// second stage uses one member only.
package hash
