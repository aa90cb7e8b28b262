package netif

import (
	"os"
	"strconv"
)

// OwnedError reports that an interface belongs to another process that uses this
// package, or to this one already.
type OwnedError struct {
	PID     int    // 0 if it is in a PID namespace that this process does not see
	UID     uint32 // the user it ran as when it took the interface
	Device  bool   // the interface is the device of a bond; otherwise it is a member
	Unknown bool   // the process does not answer: PID and UID are unknown
}

// Error reports which process has the interface, and as what.
func (e *OwnedError) Error() string {
	if e.Device {
		return "it is the device of a bond of " + e.owner()
	}
	return e.owner() + " has it as a member"
}

func (e *OwnedError) owner() string {
	switch {
	case e.Unknown:
		return "another process"
	case e.PID == os.Getpid():
		return "this process"
	case e.PID == 0:
		return "a process of another PID namespace, user " + strconv.Itoa(int(e.UID)) + ","
	}
	return "process " + strconv.Itoa(e.PID) + " of user " + strconv.Itoa(int(e.UID))
}
