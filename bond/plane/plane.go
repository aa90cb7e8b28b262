package plane

import (
	"errors"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/link"
)

// Plane carries the data frames of one bond.
type Plane interface {
	// Open starts the plane. It is called once, before all other methods.
	Open(Host) error

	// Apply makes a plan the current one: when it returns, the plane treats every later frame
	// by that plan. It takes less than a millisecond, unless the plane is a [Waiter]. It releases each member that the
	// previous plan had and this one does not have: see [Host]. On an error the previous plan
	// stays current.
	Apply(*Plan) error

	// Counters returns the counters that belong to no member. MemberCounters returns those of
	// the member with a port, until the member is released.
	Counters() Counters
	MemberCounters(link.Port) MemberCounters

	// Close ends the plane. It is called last, after the links and the device have been
	// closed, and returns when the plane no longer uses any of them.
	Close() error
}

// Host holds a plane's functions to report to control. A plane may call MemberReleased from
// within one of its methods. The other functions may block for a moment, so it calls them only
// from goroutines of its own.
type Host struct {
	Name   string    // of the bond, for messages
	Device link.Face // the bond's device; nil: the bond has none

	// MemberFailed reports that a member can't be used any more, for example because its link
	// can't be read. Control takes it out of the bond.
	MemberFailed func(link.Port, error)

	// MemberReleased reports that the plane no longer uses a port, and the port's last
	// counters. A plane that reads the port's link calls it once the link was closed.
	MemberReleased func(link.Port, MemberCounters)

	// DeviceFailed reports that the device can't be used any more.
	DeviceFailed func(error)

	// Restored reports that the plane has set again what another program had changed, in words.
	// Nil: it is reported to nothing.
	Restored func(what string)
}

// Sender is a [Plane] that can send frames for the bond itself, which announces its stations with
// them. Without it the bond announces nothing.
type Sender interface {
	// Send sends one Ethernet frame on the members that the plan picks for it.
	Send(frame []byte) error
}

// DataPath is a [Sender] that lets the importer send and receive frames. Without it the bond's
// Send, Receive and PacketConn return [ErrNoDataPath].
type DataPath interface {
	Sender

	// SendBatch sends several frames. It returns how many were taken, and the error of the
	// last frame that was not taken.
	SendBatch(frames [][]byte) (int, error)

	// Receive waits for a frame, ReceiveBatch for several.
	Receive(buf []byte) (int, error)
	ReceiveBatch(bufs [][]byte, sizes []int) (int, error)

	// PacketConn returns a view of the frames of one EtherType.
	PacketConn(etherType uint16) (net.PacketConn, error)
}

// Moves describes the flows that a plane holds because they move between two working members.
type Moves struct {
	Generation uint64   // of the newest plan that moved flows
	Members    []uint16 // ids of the members they moved away from; empty if no flow is held
}

// Holder is a [Plane] that keeps flows in order when they move: it holds their frames until
// [Plan.Settled] reaches the plan that moved them. A plane that is not a Holder does not keep
// them in order.
type Holder interface {
	// Moving returns the flows that are held.
	Moving() Moves

	// Quiet reports whether no frame is on its way to a member by a plan older than the given
	// generation. A Marker sent then follows the last of those frames.
	Quiet(generation uint64) bool
}

// BucketCounter is a [Plane] that counts the octets it sends of each bucket of [Plan.Buckets], for
// a bond that balances the load of its members.
type BucketCounter interface {
	// BucketOctets returns, by bucket, the octets of the frames sent since the plane began to
	// count. A frame counts once, without FCS, when the plane picks a member for it. Held
	// frames count when they are let go.
	//
	// The plane begins to count with the first plan that has [Plan.CountBuckets], and again
	// with each that has another number of buckets than the plan before. Otherwise the numbers
	// only grow, whatever the plans change. If the current plan does not ask for them the
	// result is nil. The caller may keep the slice.
	BucketOctets() []uint64
}

// BucketLimiter is a [Plane] whose table is shorter than the 1,024 buckets of a bond whose members
// have weights.
type BucketLimiter interface {
	// MostBuckets returns the length of the table, a power of two from 64.
	MostBuckets() int
}

// Extender is a [Plane] that can go on when this process does not, and stops by itself at a time
// that control moves on as long as it runs: the partner of a bond without control gives its
// links up. Without it the plane ends with the process.
type Extender interface {
	// Extend makes frames pass for a time from now, counted also while the machine sleeps. 0 is
	// for ever.
	Extend(lasts time.Duration)
}

// Fencer is a [Plane] that looks at a permission where frames pass, so that no frame passes after
// the permission has run out, even if this process gets no processor time to close the plane.
// A bond with such a permission needs it.
type Fencer interface {
	// Permit lets frames pass until a time of [Clock], and none from then on. A new plane lets
	// them pass forever.
	Permit(until time.Duration)
}

// Keeper is a [Plane] that can be left to the next process.
type Keeper interface {
	// Keep makes Close leave the plane, which goes on by its last plan.
	Keep()
	// Kept reports whether the plane, which is open, goes on by the plan of an earlier process
	// until the first call of Apply.
	Kept() bool
}

// Pauser is a [Plane] that can stop between two frames and go on, here or by the plane of another
// process. A bond with another plane can't be handed over.
type Pauser interface {
	// Pause returns once the plane reads no more frames and all that it has read were delivered or
	// sent. The links and the device have been paused before: see [link.Hander]. Before Open it
	// makes the plane begin paused, where that of another process has stopped. The error is
	// errors.ErrUnsupported if the plane has no way to another process.
	Pause() error

	// Resume goes on by the current plan, after the links and the device have been resumed.
	Resume()
}

// DeviceFollower is a [Plane] that depends on the state of the bond's device: its MAC address,
// and whether it takes the frames of all stations.
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
