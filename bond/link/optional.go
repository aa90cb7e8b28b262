package link

import (
	"net"
	"net/netip"

	"github.com/lagkit/lagkit/lacp"
)

// What only some links and devices can do. The bond asks for each by a type
// assertion, and does without where it is missing.

// AddressSetter is a [Link] whose interface can be given another MAC address. The
// bond gives members its own address by it, and puts that back if another program
// changes it. Without it the interface keeps the address it has.
type AddressSetter interface {
	// SetHardwareAddr gives the interface an address; nil is the one it was found with.
	SetHardwareAddr(addr net.HardwareAddr) error
	// InterfaceAddr returns the address it has now, and the one it was found with.
	InterfaceAddr() (now, found net.HardwareAddr, err error)
}

// MTUSetter is a [Link] whose interface can be given another MTU. Without it a
// change of the bond's MTU leaves the interface alone.
type MTUSetter interface {
	// SetMTU sets the MTU, in octets of payload.
	SetMTU(mtu int) error
	// MTU returns the MTU the interface has now.
	MTU() (int, error)
}

// StateReader is a [Port] or [Device] that can read its state out of turn. The bond uses
// it when a partner speaks on a link that is thought to be down. Without it the bond waits
// for [Port.Changes].
type StateReader interface {
	// State reads the carrier and returns the link's state; false after Close.
	State() (State, bool)
}

// PartnerSetter is a [Port] that queues LACPDUs from one source address apart from all
// other slow-protocols frames, so that a flood of those does not crowd them out. The bond
// names its partner's address by it. Without it all are queued together.
type PartnerSetter interface {
	// SetPartner names the address.
	SetPartner(source lacp.MAC) error
}

// StatsReader is a [Port] that counts frames the bond never sees. Without it these
// counters are 0.
type StatsReader interface {
	// Stats returns the counters, which survive Close.
	Stats() Stats
}

// Sequencer is a [Link] whose data frames are queued until Read returns them. The bond
// uses it to send a Marker Response after the data that arrived before the Marker.
// Without it a Marker is answered at once.
type Sequencer interface {
	// Mark names the place after the last data frame that has arrived.
	Mark() uint32
	// Passed reports whether Read has returned all that arrived before a mark, and
	// was called again since: what it returned has been delivered by then.
	Passed(mark uint32) bool
}

// Virtual is a [Link] that may hand frames on as they are, without a driver that
// finishes checksums and large segments. The bond then gives it finished frames only.
type Virtual interface {
	// Virtual reports whether the link does so.
	Virtual() bool
}

// Repairer is a [Link] that can undo what another program did to its interface. The bond
// calls Repair for the faults of [State], at once and then with growing pauses as long as
// they come again. Without it they are reported only.
type Repairer interface {
	// Repair puts the faults right that it knows, and ignores the others. It may wait
	// for the kernel.
	Repair(f Faults) error
}

// Named is a [Port] whose interface has several names.
type Named interface {
	// Names returns the names that the interface has now, alternative ones too.
	Names() []string
}

// OffloadSetter is a [Device] that the host can be told to hand finished frames. The bond
// does so when a [Virtual] member joins. Without it the device keeps what it was made with.
type OffloadSetter interface {
	// SetOffload sets whether the host may hand over large segments and unfinished
	// checksums.
	SetOffload(on bool) error
}

// MultiQueue is a [Device] with several queues. The bond reads each on a goroutine of
// its own. Without it the device has one.
type MultiQueue interface {
	// Queues returns how many queues the device has.
	Queues() int
	// ReadQueue is Read for one queue, and WriteQueue is Write.
	ReadQueue(queue int, bufs [][]byte, frames []Frame) (int, error)
	WriteQueue(queue int, frames []Frame) (int, error)
}

// DeviceWatcher is a [Device] that reports what other programs do to its interface. The
// bond follows its MAC address and MTU to the members, and has no path while the interface
// is set down or gone. Without it the bond knows only what it has set itself.
type DeviceWatcher interface {
	// State reads the interface's state; false after Close. Up is its carrier.
	State() (State, bool)
	// Changes delivers the interface's state: once at the start, then whenever it has
	// changed. It is a level: a late reader gets the newest state only. An interface
	// that is gone is reported once, by Removed.
	Changes() <-chan State
}

// DeviceRemaker is a [Device] whose interface can be made again after it is gone. Without
// it the bond carries no more data then.
type DeviceRemaker interface {
	// Remake makes the interface with all that was last set, the carrier too. Until then
	// Read waits, Write fails, and what is set is kept for the new interface.
	Remake() error
}

// SpeedSetter is a [Device] that can show a speed. The bond shows the sum of its members
// there. Without it the speed is in the bond's status alone.
type SpeedSetter interface {
	// SetSpeed sets the speed in Mb/s, full duplex; 0 is unknown.
	SetSpeed(mbps uint32) error
}

// DeviceKeeper is a [Device] whose interface can outlive the program. The bond uses it for
// Suspend. Without it the interface goes with Close.
type DeviceKeeper interface {
	// Keep has Close leave the interface, without carrier, to the program that opens it next.
	Keep() error
}

// StationLister is a [Device] that knows which addresses the network finds by way of it.
// The bond announces them when the path to them has changed. Without it the bond
// announces only those of its configuration.
type StationLister interface {
	// Stations lists the addresses of the device and of what stands on it.
	Stations() ([]Station, error)
}

// Station is an address that the network finds by way of a device.
type Station struct {
	MAC  lacp.MAC
	Addr netip.Addr // zero: the MAC address alone
	Tags []Tag      // that its frames carry on the device, outermost first
}

// Tag is a VLAN tag.
type Tag struct {
	Type uint16 // EtherType, such as 0x8100
	ID   uint16 // VLAN identifier, 1 to 4094
}
