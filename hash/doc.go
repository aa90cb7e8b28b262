// Package hash computes a number for each frame. A link aggregation group picks the frame's
// member with it: frame -> 32-bit hash -> member. It reproduces the policies of the Linux
// bonding driver bit for bit (kernels 5.18 and later, and the stable releases that took
// the same fixes), so a bond built here puts a flow on the same member as a kernel bond
// with the same policy and the same order of members. Policy flow is for bonds that are
// free to choose.
//
// A [Hasher] computes the number. Package spread turns it into a member:
//
//	h, err := hash.New(hash.Layer34, hash.Options{})
//	t := spread.NewTable([]uint16{0, 1, 2, 3})
//	member, ok := t.Pick(h.Sum32(frame))
//
// Hashers are immutable and safe for concurrent use. Hashing does not allocate, and no frame, however short or malformed, causes a panic. Do
// not hash frames that must take a given link, such as those of slow protocols, PAUSE
// and LLDP.
//
// # Which policy
//
// Use [Flow] where the choice is yours, and give each system its own seed. Use the
// configured policy where a bond has to behave as before, or like its twin. The two ends
// of a link need not agree: each side spreads what it sends, and their policies may
// differ.
//
//   - [Flow] reads IPv4 and IPv6 addresses, the protocol, the ports of TCP, UDP,
//     UDP-Lite, SCTP and DCCP, the SPI of ESP and AH, or the identifier of an ICMP
//     query, and the headers around the packet; see "What Flow reads". Its rounds are
//     keyed, so no set of flows is bad for all seeds, and stages with different seeds do
//     not disturb each other. All fragments of a datagram stay together, and an ICMP
//     error goes with the flow it is about. Options: Symmetric puts both directions on
//     one member, Inner looks into tunnels, Hardened is for networks with hostile users.
//   - [Layer2] reads the last octet of both station addresses and the EtherType. It
//     suits traffic that is not IP and comes from many stations. All traffic of one pair
//     of stations, for instance everything that goes through one router, takes one
//     member.
//   - [Layer23] adds the IPv4 or IPv6 addresses. It is the choice of most Linux
//     appliances and the zero value here. All traffic of one pair of hosts takes one
//     member, and fragments stay with their flow. Frames that are not IP are hashed as by
//     Layer2.
//   - [Layer34] reads the IP addresses and the ports, SPI or ICMP identifier, and
//     ignores the Ethernet header. It spreads the connections of one pair of hosts, even
//     through NAT. Frames that are not IP are hashed as by Layer2.
//   - [Encap23] and [Encap34] apply these two to the innermost packet that Linux's flow
//     dissector reaches. It follows VLAN tags, IP in IP, GRE, PPPoE, PRP and HSR, and IPv6
//     extension headers, but not VXLAN, Geneve or GTP, which are hashed by their outer
//     ports. Encap34 gives all ARP and MPLS frames the hash 0, as Linux does. Linux itself
//     prefers a hash that the network card or the socket left with the frame; that hash
//     cannot be computed from the frame.
//   - [VLANSrcMAC] reads the source address and the VLAN tag kept outside the frame,
//     priority included.
//   - [DPDKLayer2], [DPDKLayer23] and [DPDKLayer34] are l2, l23 and l34 of the DPDK
//     bonding driver. Use them to replace one of two ends that are compared. They hash
//     both directions alike. As in DPDK, DPDKLayer34 ignores the ports where an IPv4 frame
//     ends right after a TCP header without options, or after a UDP header: a bare ACK or
//     an empty datagram. All such frames of one pair of hosts take one member, which need
//     not be the member that carries their data. With one more octet, even padding, and on
//     IPv6, the ports count.
//
// Layer34 and Encap34 do not conform to 802.1AX in one respect, and Flow shares it:
// fragments carry no ports, so a flow that is only sometimes fragmented is split over two
// members and may be reordered.
//
// Layer23 and Layer34 hash an ICMP error by the addresses of the packet it is about, and
// Layer34 adds that packet's ports; the encap policies do not look into it. Layer34 is not
// symmetric: the two directions of a connection may take different members.
//
// # What Flow reads
//
// Between one pair of stations, each of these tells flows apart:
//
//   - the addresses and the ports, SPI or identifier of an IP packet, even after up to
//     four VLAN tags and eight IPv6 extension headers, in a PPPoE session, and below up to
//     16 MPLS labels;
//   - the identifiers of all VLAN tags of a frame with two tags or more, but not that of a
//     single tag, and no priorities;
//   - the PPPoE session, no matter what it carries;
//   - all MPLS labels from 16 on, no matter what is below them;
//   - the IPv6 flow label of UDP, of fragments, and of protocols without ports, but not
//     that of TCP, SCTP, DCCP, ESP and AH, whose hosts may change it;
//   - with Inner, the packet in IP in IP, GRE, PPTP, L2TP, MPLS in IP or UDP, VXLAN,
//     Geneve or GTP-U, in place of the outer one; the tunnel and session of L2TP and the
//     call of PPTP, no matter what they carry. For L2TP version 3 only the session counts.
//
// Symmetric ignores everything that differs between the two directions: SPIs, MPLS labels,
// IPv6 flow labels, and sessions of L2TP and PPTP.
//
// All other traffic is hashed by its two stations and its EtherType, so all of it between
// one pair of stations takes one member: protocols other than IP, PPPoE and MPLS, and the
// contents of a pseudowire, MACsec or an encrypted tunnel. Without Inner all flows in one
// tunnel take one member, unless its sender varies the outer UDP port or flow label.
//
// # Tagged frames
//
// What Linux sees of a VLAN tag depends on how a frame came to the bond; see [TagView],
// and [Hasher.SumMeta] for a tag kept outside the frame. Layer2, Layer23 and Layer34 look
// through the outer tag only and do not hash the contents of a QinQ frame. Only Flow
// treats 0x9100 as a tag; it hashes a tag inside and outside the frame alike.
//
// # From hash to member
//
// Package spread has the tables that turn the number into a member: Linux's modulo, and
// buckets with weights and a balancer.
//
// # Limits
//
// Every hash keeps a flow on one member, so one flow is never faster than one link,
// and a few heavy flows, the elephants, stay uneven under any policy. Only the balancer
// helps, and it cannot divide a flow either.
//
// Flow behaves like random assignment of the flows that it tells apart: of 254 flows on
// 8 members the busiest member has 1.26 times the mean, and in one case of a hundred
// 1.5 times. On such small, regular sets the policies of Linux can be better, at 1.00, and
// they can be much worse. Addresses that count up in step on both ends cancel out in the
// exclusive or, so with Layer34 and fixed ports all pairs 10.0.1.i -> 10.0.2.i take the
// same member. Clients whose MAC and IP addresses count up together use only some of the
// members with Layer23, at worst one. Two stages of bonds with the same Linux policy and
// equal member counts polarize: the second stage uses one member only.
package hash
