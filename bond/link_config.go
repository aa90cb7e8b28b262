package bond

import (
	"net"
	"time"
)

// DefaultStateDir is where [OpenLink] records how it found an interface.
const DefaultStateDir = "/run/lagkit"

// FrameBufferSize is the length of a buffer that holds any frame a Linux
// interface or a TAP device delivers with segmentation offload on: 64 KiB of IP
// packet, its Ethernet header, two VLAN tags, and room for two more or for a virtio-net
// header in front of it. A longer frame than the buffer is dropped and counted.
const FrameBufferSize = 65536 + 14 + 2*4 + 10 + 8

// LinkConfig says how an interface becomes a member link.
type LinkConfig struct {
	// Name is the interface's name. It must be an Ethernet interface with a
	// MAC address, no port of a bridge or of another aggregate.
	Name string

	// HardwareAddr is the address the interface carries while it is a member:
	// the bond's. Nil leaves it its own.
	HardwareAddr net.HardwareAddr

	// KeepAddr leaves the interface its own address at first all the same;
	// HardwareAddr is then what it may be given later.
	KeepAddr bool

	// MTU is set while the interface is a member. 0 leaves it as it is.
	MTU int

	// CarrierPoll is how often the interface is asked for its carrier while nothing
	// happens, in addition to the kernel's own news, which come at once unless the
	// carrier of another interface changed within the second before. 0 and more
	// than 200 ms mean 200 ms; 10 ms cost half a percent of a core. After any event
	// it is 2 ms for a while.
	CarrierPoll time.Duration

	// StateDir is the directory for the record of how the interface was found,
	// from which it is put back even after the process was killed. Empty means
	// [DefaultStateDir].
	StateDir string

	// AllowHostStack goes on where the kernel can't keep the interface's
	// frames from the host's own IP stack (no clsact or cls_bpf, or no right to
	// use them). The host may then answer on the member itself, every packet
	// twice. False refuses such a kernel.
	AllowHostStack bool
}

// LinkStats counts what happened to frames of a link outside the bond's sight.
// All counters start at 0 when the link is opened.
type LinkStats struct {
	KernelDrops   uint64 // data frames the kernel dropped because they weren't read in time
	ControlDrops  uint64 // slow-protocols frames dropped for the same reason
	TaggedSlow    uint64 // slow-protocols frames ignored because they carry a VLAN id, or are for another host
	Truncated     uint64 // data frames dropped because the buffer was too short
	Unreadable    uint64 // data frames the kernel could not describe
	Segmented     uint64 // large frames cut in software because the interface refused them
	SendRefused   uint64 // frames the interface refused for good (too long, malformed)
	SendOverflows uint64 // frames it had no room for, or could not send while it was down
}
