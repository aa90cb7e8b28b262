package netif

import (
	"net"
	"time"
)

// DefaultStateDir is where [OpenLink] records how it found an interface.
const DefaultStateDir = "/run/lagkit"

// Config says how an interface becomes a member link.
type Config struct {
	// Name is the interface's name, or one of its alternative names. It must be an
	// Ethernet interface with a MAC address, without an XDP program, no port of a
	// bridge or of another aggregate, and no macvlan, VLAN or tunnel may sit on it.
	Name string

	// HardwareAddr is the address the interface carries while it is a member:
	// the bond's. Nil leaves it its own.
	HardwareAddr net.HardwareAddr

	// KeepAddr leaves the interface its own address at first all the same;
	// HardwareAddr is then what it may be given later.
	KeepAddr bool

	// Receive says which frames the interface is asked to receive. The zero value is
	// ReceiveAll: it is promiscuous while it is a member.
	Receive ReceivePolicy

	// MTU is set while the interface is a member. 0 leaves it as it is.
	MTU int

	// CarrierPoll is how often the interface is asked for its carrier while nothing
	// happens, in addition to the kernel's own news, which come at once unless the
	// carrier of another interface changed within the second before. 0 and more
	// than 200 ms mean 200 ms; 10 ms cost half a percent of a core. After any event
	// it is 2 ms for a while.
	CarrierPoll time.Duration

	// StateDir is the directory for the record of how the interface was found,
	// from which it is put back even after the process was killed. It is made with
	// mode 0700, and must be a directory, no symbolic link, that only root and the
	// user of this process can write to. Empty means [DefaultStateDir].
	StateDir string

	// AllowHostStack goes on where the kernel can't keep the interface's
	// frames from the host's own IP stack (no clsact or cls_bpf, or no right to
	// use them). The host may then answer on the member itself, every packet
	// twice. False refuses such a kernel.
	AllowHostStack bool
}

// PortConfig says which interface is opened for slow-protocols frames alone.
type PortConfig struct {
	// Name is the interface's name, or one of its alternative names. It may have
	// addresses and be a port of a bridge.
	Name string

	// CarrierPoll is that of [Config].
	CarrierPoll time.Duration
}
