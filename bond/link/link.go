package link

import (
	"net"

	"github.com/lagkit/lagkit/lacp"
)

// Port is the control half of a member: an Ethernet interface, or anything that
// carries Ethernet frames, by its name, address, state and slow-protocols frames. What
// only some ports and links can do is an interface of its own, such as [StateReader].
//
// ReadControl and Changes are each called by one goroutine of the bond; WriteControl
// may be called by several at a time. After Close every call returns an error that is
// [net.ErrClosed], blocked ones too.
type Port interface {
	// Name is the interface's name when the port was opened. It is unique within a bond.
	Name() string

	// HardwareAddr is the port's own address: the source of its LACPDUs.
	HardwareAddr() net.HardwareAddr

	// ReadControl waits for one untagged or priority-tagged slow-protocols frame
	// and returns its length. The frame is untagged in buf.
	ReadControl(buf []byte) (int, error)

	// WriteControl sends one slow-protocols frame.
	WriteControl(frame []byte) error

	// Changes delivers the state of the link: once at the start, then whenever it
	// has changed. It is a level: a late reader gets the newest state only.
	Changes() <-chan State

	// Close restores the interface to the state it was found in and frees it.
	Close() error
}

// Link is a [Port] that also carries data frames. It is the seam between the bond and
// the machine it runs on.
//
// Read is called by one goroutine of the bond; Write may be called by several at a
// time.
type Link interface {
	Port

	// Read waits for data frames and returns how many it put into frames. It
	// reads frame i into bufs[i] and makes frames[i].Data the part of it that
	// the frame occupies, VLAN tag included. Frames sent by this machine are
	// never returned, slow-protocols frames (EtherType 0x8809) never either, whatever
	// VLAN tags they carry.
	Read(bufs [][]byte, frames []Frame) (int, error)

	// Write sends data frames in order and returns how many were taken. It never
	// waits for room: frame n is the one the error is about, those after it were
	// not tried. The frames' data stays as it is.
	Write(frames []Frame) (int, error)
}

// State is what a link's physical layer and its interface say.
type State struct {
	lacp.Link          // carrier (and administratively up), duplex, speed
	MTU       int      // octets of payload; 0: unknown
	AdminDown bool     // the interface was set down
	Addr      lacp.MAC // the interface's address now; zero: unknown
	Overruns  uint32   // how often news of the link came faster than it was read
	Removed   bool     // the interface is gone and will not come back
	Name      string   // the interface's name now, empty: unknown
	Renamed   string   // the interface's new name, once it has been renamed
	Faults    Faults   // what another program has changed about it
	Master    string   // the bridge or aggregate it became a port of; empty: none

	// Promiscuous: the interface takes the frames of every station. On Linux that is
	// what a packet capture, a bridge or a further MAC address asks of it; an
	// adapter may be asked and still not do it.
	Promiscuous bool
}
