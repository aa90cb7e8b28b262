package netif

import (
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// DefaultStateDir is where [OpenLink] records how it found an interface.
const DefaultStateDir = "/run/lagkit"

// Config describes how an interface becomes a member link.
type Config struct {
	// Name is the interface's name, or one of its alternative names. It must be an Ethernet
	// interface with a MAC address. It must not have an XDP program, be a port of a bridge or
	// of another aggregate, or have a macvlan, VLAN or tunnel on top.
	Name string

	// HardwareAddr is the bond's MAC address, which the interface carries while it is a
	// member. Nil leaves the interface its own.
	HardwareAddr net.HardwareAddr

	// KeepAddr leaves the interface its own address at first even if HardwareAddr is set;
	// HardwareAddr is then the address that it may be given later.
	KeepAddr bool

	// Receive selects the frames that the interface is asked to receive. The zero value is
	// ReceiveAll, which makes the interface promiscuous while it is a member.
	Receive ReceivePolicy

	// ReceiveRing receives data frames from memory that the kernel shares with this process,
	// at a fifth to a third less CPU time for each. It takes 4 MiB for each member that can't
	// be swapped, and holds 2,048 frames; the queue that it replaces holds more short ones.
	// Frames longer than 1,900 octets, such as large segments, gain nothing. If the kernel
	// refuses, frames are received as without; [link.Stats] counts that. If virtio-net can't
	// describe a segment, such as one of SCTP, the member may lose the frames of the next
	// two seconds. A [Member] has no use for a ring.
	ReceiveRing bool

	// MTU is set while the interface is a member. 0 leaves it as it is.
	MTU int

	// CarrierPoll is how often the carrier is polled while nothing happens, in addition to the
	// kernel's notifications. Those come at once unless the carrier of another interface
	// changed within the second before. 0 and more than 200 ms mean 200 ms; 10 ms costs half a
	// percent of a core. After any event the interval is 2 ms for a while.
	CarrierPoll time.Duration

	// StateDir is the directory for the record of how the interface was found. The record lets
	// the next start restore the interface even after the process was killed. The directory is
	// created with mode 0700. It must be a directory, not a symbolic link, that only root and
	// the user of this process can write to. Empty means [DefaultStateDir].
	StateDir string

	// PortOf is the name of the device that makes the member one of its ports, for [OpenMember].
	// The member's frames go to the device and not to the host's IP stack, so no filter keeps them
	// from it, and Receive has no effect: what the interface receives is the business of the
	// device's driver. Until it is a port the host answers ARP on it. Empty: it becomes no port.
	PortOf string

	// AllowHostStack continues where the kernel can't keep the interface's frames from the
	// host's own IP stack (no clsact or cls_bpf, or no right to use them). The host may then
	// also answer on the member itself, so that every packet is answered twice. False refuses
	// such a kernel.
	AllowHostStack bool

	// Handed, if not nil, is the interface on its way from another process, which has it as a member
	// with the same plane. It is opened as it is, and is paused until Resume: see [link.Hander].
	// The other fields, but for CarrierPoll, then have no meaning, as the other process has set
	// them. The caller closes Handed's descriptors.
	Handed *link.Handed
}

// PortConfig says which interface is opened for slow-protocols frames alone.
type PortConfig struct {
	// Name is the interface's name, or one of its alternative names. It may have
	// addresses and be a port of a bridge.
	Name string

	// CarrierPoll is that of [Config].
	CarrierPoll time.Duration
}
