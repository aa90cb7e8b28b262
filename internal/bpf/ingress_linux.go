package bpf

import (
	"bytes"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/bond/link"
)

// HostTypes are the EtherTypes that the kernel's own protocols accept on any interface (IPv4,
// ARP, RARP, IPv6 and ATA over Ethernet) and VLAN tags, because one of those may follow.
var HostTypes = []uint32{
	unix.ETH_P_IP, unix.ETH_P_ARP, unix.ETH_P_RARP, unix.ETH_P_IPV6, unix.ETH_P_AOE,
	unix.ETH_P_8021Q, unix.ETH_P_8021AD, unix.ETH_P_QINQ1,
}

// Ingress runs before the host's protocols and after the sockets that take every protocol. It
// drops the frames that the host's own protocols would accept. The rest reaches only sockets
// bound to its EtherType: our slow-protocols sockets, and those of programs that use LLDP,
// 802.1X or PTP on the interface.
var Ingress = ingress()

func ingress() []unix.SockFilter {
	prog := []unix.SockFilter{load(loadHalf, 12)}
	for _, t := range HostTypes {
		prog = append(prog, equal(t, drop, next))
	}
	prog[len(prog)-1].Jf = accept
	return assemble(prog, actionOK, actionShot)
}

// The verdicts of a program at the ingress hook (linux/pkt_cls.h).
const (
	actionOK   = 0
	actionShot = 2
)

// ingressBefore is the program of earlier versions, which let slow protocols pass and nothing
// else. A killed process may have left it.
var ingressBefore = assemble([]unix.SockFilter{
	load(loadHalf, 12),
	equal(link.EtherTypeSlow, accept, drop),
}, actionOK, actionShot)

// IsIngress reports whether a program, as rtnetlink carries it, is [Ingress] or that of an
// earlier version.
func IsIngress(prog []byte) bool {
	return bytes.Equal(prog, Bytes(Ingress)) || bytes.Equal(prog, Bytes(ingressBefore))
}
