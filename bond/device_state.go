package bond

import (
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/internal/pace"
	"github.com/lagkit/lagkit/internal/repair"
)

// DeviceState is the state of the interface that a bond gives the host.
type DeviceState uint8

// The values of DeviceState.
const (
	DeviceNone    DeviceState = iota // the bond has no device
	DeviceUp                         // the host can use it
	DeviceDown                       // another program set it down: the bond has no path
	DeviceMissing                    // it is gone: the bond has no path, and makes the device again
)

var deviceStateNames = []string{"none", "up", "down", "missing"}

// String returns "none", "up", "down" or "missing".
func (s DeviceState) String() string { return label(s, deviceStateNames) }

// DeviceStatus is a snapshot of the device that the bond gives the host.
type DeviceStatus struct {
	Name   string // its current name
	State  DeviceState
	Since  time.Time // of State
	Reason string    // why it is down or missing
}

// deviceLife is the state of the device as control sees it.
type deviceLife struct {
	watcher link.DeviceWatcher // nil: the device reports nothing
	state   link.State         // as last reported
	missing bool
	why     string    // why it is missing
	since   time.Time // since when it is missing, down, or up
	held    bool      // the bond has no path because of the device, a refused plan or AdminDown
	keep    bool      // Close leaves the interface for the next start

	adopted bool  // it still has the carrier of an earlier process
	wanted  shown // set by control
	applied shown // set by the worker; only the worker uses it

	want   repair.Wanted // as last set or followed
	remake pace.Retry    // when to make it again
}

// shown is the state that the device shows to the host.
type shown struct {
	carrier bool
	speed   uint32 // Mb/s; 0: unknown
}
