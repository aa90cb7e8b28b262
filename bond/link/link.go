package link

import (
	"net"

	"github.com/lagkit/lagkit/lacp"
)

// Port is the control half of a member: the name, address, state and slow-protocols frames of
// an Ethernet interface, or of anything that carries Ethernet frames. Each optional ability of
// ports and links has its own interface, such as [StateReader].
//
// One goroutine of the bond calls ReadControl, and one calls Changes. Several at a time may
// call WriteControl. After Close every call, also a blocked one, returns an error that is
// [net.ErrClosed].
type Port interface {
	// Name returns the name that the interface had when the port was opened. It is unique
	// within a bond.
	Name() string

	// HardwareAddr returns the port's own address, which is the source of its LACPDUs.
	HardwareAddr() net.HardwareAddr

	// ReadControl waits for one untagged or priority-tagged slow-protocols frame
	// and returns its length. The frame is untagged in buf.
	ReadControl(buf []byte) (int, error)

	// WriteControl sends one slow-protocols frame.
	WriteControl(frame []byte) error

	// Watch makes report the function that gets the link's state, in place of an earlier one:
	// at once, or as soon as it is known, and then whenever it has changed. report returns at
	// once and calls nothing of the link. A [Reports] implements Watch; [States] makes a
	// channel of it.
	Watch(report func(State))

	// Close restores the interface to the state it was found in and releases it.
	Close() error
}

// Link is a [Port] that also carries data frames.
//
// One goroutine of the bond calls Read. Several at a time may call Write.
type Link interface {
	Port

	// Read waits for data frames and returns how many it put into frames. It reads frame i
	// into bufs[i] and sets frames[i].Data to the part of the buffer that the frame occupies,
	// VLAN tag included. It never returns frames that this machine sent, nor slow-protocols
	// frames (EtherType 0x8809), whatever VLAN tags they carry.
	Read(bufs [][]byte, frames []Frame) (int, error)

	// Write sends data frames in order and returns how many were taken, n. It never waits for
	// room. An error is about frame n; Write did not try those after it. It does not change
	// the frames' data.
	Write(frames []Frame) (int, error)
}

// State is what a link's physical layer and its interface report.
type State struct {
	lacp.Link          // carrier (and administratively up), duplex, speed
	MTU       int      // octets of payload; 0: unknown
	AdminDown bool     // the interface was set down
	Addr      lacp.MAC // the interface's address now; zero: unknown
	Overruns  uint32   // how many changes of the link came faster than they were read
	Removed   bool     // the interface is gone and will not come back
	Name      string   // the interface's name now; empty: unknown
	Renamed   string   // the interface's new name, once it has been renamed
	Faults    Faults   // changes that another program has made to it
	Master    string   // the bridge or aggregate it became a port of; empty: none

	// Promiscuous is set if the interface takes the frames of every station. On Linux a packet
	// capture, a bridge or a second MAC address asks for it; an adapter may not do what it is
	// asked.
	Promiscuous bool
}
