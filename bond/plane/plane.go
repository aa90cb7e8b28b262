package plane

import (
	"errors"
	"net"

	"github.com/lagkit/lagkit/bond/link"
)

// Plane carries the data frames of one bond.
type Plane interface {
	// Open begins. It is called once, before all other methods.
	Open(Host) error

	// Apply puts a plan in force: when it returns, every later frame is treated by it.
	// It takes less than a millisecond. A member that the last plan had, and this one
	// has not, is released: see [Host]. On an error the last plan stands.
	Apply(*Plan) error

	// Counters returns what concerns no member, and MemberCounters what concerns the
	// member of a port, until it is released.
	Counters() Counters
	MemberCounters(link.Port) MemberCounters

	// Close ends. It is called last, once links and device have been closed, and
	// returns when the plane uses none of them any more.
	Close() error
}

// Host is the way from a plane to control. MemberReleased may be called within a method of
// the plane. The others may block for a moment, and are called from goroutines of the plane
// alone.
type Host struct {
	Name   string      // of the bond, for texts
	Device link.Device // what the bond gives to the host; nil: nothing

	// MemberFailed reports that a member can't be used any more, such as a link that
	// can't be read. Control takes it out of the bond.
	MemberFailed func(link.Port, error)

	// MemberReleased reports that the plane does not use a port any more, with its last
	// counters. A plane that reads the port's link does so once that was closed.
	MemberReleased func(link.Port, MemberCounters)

	// DeviceFailed reports that the device can't be used any more.
	DeviceFailed func(error)
}

// DataPath is a [Plane] through which the importer sends and receives frames. Without it
// the bond's Send, Receive and PacketConn return [ErrNoDataPath], and nothing is announced.
type DataPath interface {
	// Send sends one Ethernet frame, SendBatch several: it returns how many were
	// taken, and the error of the last that was not.
	Send(frame []byte) error
	SendBatch(frames [][]byte) (int, error)

	// Receive waits for a frame, ReceiveBatch for several.
	Receive(buf []byte) (int, error)
	ReceiveBatch(bufs [][]byte, sizes []int) (int, error)

	// PacketConn returns a view of the frames of one EtherType.
	PacketConn(etherType uint16) (net.PacketConn, error)
}

// Moves are the flows that a plane holds because they move between two working members.
type Moves struct {
	Generation uint64   // of the newest plan that moved some
	Members    []uint16 // ids of the members they moved away from; none: no flow is held
}

// Holder is a [Plane] that keeps flows in order when they move: their frames wait until
// [Plan.Settled] reaches the plan that moved them. Without it they are not kept in order.
type Holder interface {
	// Moving returns what waits.
	Moving() Moves

	// Quiet reports whether nothing is on its way to a member by a plan older than
	// that of a generation. A Marker sent then follows the last of those frames.
	Quiet(generation uint64) bool
}

// DeviceFollower is a [Plane] that treats frames by the state of the bond's device: which
// MAC address it has, and whether it takes the frames of all stations.
type DeviceFollower interface {
	DeviceChanged(link.State)
}

// The errors of a [DataPath].
var (
	// ErrNoMember: no member distributes at the moment. The frame was dropped.
	ErrNoMember = errors.New("bond: no member is distributing")
	// ErrTooLong: the frame is longer than the bond's MTU allows.
	ErrTooLong = errors.New("bond: frame is longer than the MTU allows")
	// ErrNotEthernet: the frame is shorter than an Ethernet header, or a
	// slow-protocols frame, which is never distributed.
	ErrNotEthernet = errors.New("bond: not a data frame")
	// ErrNoDataPath: the bond's plane carries frames that this process does not see.
	ErrNoDataPath = errors.New("bond: the data plane does not pass frames through this process")
)
