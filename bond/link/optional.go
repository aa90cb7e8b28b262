package link

import (
	"net"
	"net/netip"

	"github.com/lagkit/lagkit/lacp"
)

// Only some links and devices have the following abilities. The bond tests for each by a type
// assertion.

// AddressSetter is a [Link] whose interface can be given another MAC address. The bond uses it
// to give its own address to members, and to restore that if another program changes it.
// Without it the interface keeps the address it has.
type AddressSetter interface {
	// SetHardwareAddr gives the interface an address; nil is the address it was found with.
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

// StateReader is a [Port] or [Device] that can read its state out of turn. The bond uses it
// when a partner sends on a link that is thought to be down. Without it the bond waits for
// [Port.Changes].
type StateReader interface {
	// State reads the carrier and returns the link's state; false after Close.
	State() (State, bool)
}

// PartnerSetter is a [Port] that queues LACPDUs from one source address separately from all
// other slow-protocols frames, so that a flood of those does not crowd them out. The bond sets
// its partner's address. Without it all are queued together.
type PartnerSetter interface {
	// SetPartner sets the address.
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
	// Mark returns the place after the last data frame that has arrived.
	Mark() uint32
	// Passed reports whether Read has returned all frames that arrived before a mark and was
	// called again since. By then those frames have been delivered.
	Passed(mark uint32) bool
}

// Virtual is a [Link] that may hand frames on unchanged, without a driver that finishes
// checksums and large segments. The bond then gives it finished frames only.
type Virtual interface {
	// Virtual reports whether the link does so.
	Virtual() bool
}

// Repairer is a [Link] that can undo what another program did to its interface. The bond calls
// Repair for the faults in [State], at once and then with growing pauses as long as they
// return. Without it the bond only reports them.
type Repairer interface {
	// Repair repairs the faults that it supports, and ignores the others. It may wait for the
	// kernel.
	Repair(f Faults) error
}

// Named is a [Port] whose interface has several names.
type Named interface {
	// Names returns the interface's present names, including alternative ones.
	Names() []string
}

// Indexed is a [Port] that is a network interface of this machine's kernel. A plane in the
// kernel uses the index. Without it the port has no data there.
type Indexed interface {
	// Index returns the interface's index, which stays as long as the interface exists.
	Index() int
}

// OffloadSetter is a [Device] that can make the host hand over finished frames only. The bond
// uses it when a [Virtual] member joins. Without it the device keeps its initial setting.
type OffloadSetter interface {
	// SetOffload sets whether the host may hand over large segments and unfinished
	// checksums.
	SetOffload(on bool) error
}

// MultiQueue is a [Device] with several queues. The bond reads each on a separate goroutine.
// Without it the device has one queue.
type MultiQueue interface {
	// Queues returns how many queues the device has.
	Queues() int
	// ReadQueue is Read for one queue, and WriteQueue is Write.
	ReadQueue(queue int, bufs [][]byte, frames []Frame) (int, error)
	WriteQueue(queue int, frames []Frame) (int, error)
}

// DeviceWatcher is a [Device] that reports what other programs do to its interface. The bond
// applies the interface's MAC address and MTU to the members, and has no path while the
// interface is set down or gone. Without it the bond knows only the settings that it has made
// itself.
type DeviceWatcher interface {
	// State reads the interface's state; false after Close. Up is its carrier.
	State() (State, bool)
	// Watch makes report the function that gets the interface's state, as [Port.Watch] does. An
	// interface that is gone is reported once, by Removed.
	Watch(report func(State))
}

// DeviceRemaker is a [Device] whose interface can be made again after it is gone. Without it
// the bond then carries no more data.
type DeviceRemaker interface {
	// Remake makes the interface with all settings that were last made, including the carrier.
	// Until then Read waits, Write fails, and settings are kept for the new interface.
	Remake() error
}

// SpeedSetter is a [Device] that can show a speed. The bond shows the sum of its members'
// speeds there. Without it only the bond's status has the speed.
type SpeedSetter interface {
	// SetSpeed sets the speed in Mb/s, full duplex; 0 means unknown.
	SetSpeed(mbps uint32) error
}

// RouteSetter is a [Face] that can have routes of the host. Without it a bond with routes is refused.
type RouteSetter interface {
	// SetRoutes makes routes the routes over the interface. It adds those that are missing, even
	// if another program removed them, and then removes others that an earlier call or an earlier
	// process has set. It leaves routes alone that other programs have set. On failure the routes
	// are as they were.
	SetRoutes(routes []Route) error
}

// Describer is a [Face] whose interface can have a remark that tools show (ifAlias of RFC 2863).
// Without it the remark is not shown.
type Describer interface {
	// SetDescription sets the remark, of at most 255 octets; "" removes it.
	SetDescription(text string) error
}

// Keeper is a [Port] or [Device] whose interface can outlive the program. The bond uses it for
// Suspend: for its device, and for its members too if the plane goes on without the program.
// Without it Close removes or restores the interface.
type Keeper interface {
	// Keep makes Close leave the interface to the program that opens it next: that of a member
	// as it is, and that of a device without carrier if its frames go nowhere.
	Keep() error
}

// StationLister is a [Device] that lists the addresses that the network reaches through it.
// The bond announces them when the path to them has changed. Without it the bond announces
// only those of its configuration.
type StationLister interface {
	// Stations lists the addresses of the device and of the interfaces on top of it.
	Stations() ([]Station, error)
}

// Station is an address that the network reaches through a device.
type Station struct {
	MAC  lacp.MAC
	Addr netip.Addr // zero: the MAC address alone
	Tags []Tag      // the tags of its frames on the device, outermost first
}

// Tag is a VLAN tag.
type Tag struct {
	Type uint16 // EtherType, such as 0x8100
	ID   uint16 // VLAN identifier, 1 to 4094
}
