package bond

import (
	"errors"
	"net"

	"github.com/lagkit/lagkit/bond/plane/user"
	"github.com/lagkit/lagkit/lacp"
)

// Addr is an Ethernet address as a [net.Addr], for a [Bond.PacketConn].
type Addr = user.Addr

// Send sends one Ethernet frame, without FCS, on the member its flow belongs to.
// It does not wait: what the member can't take is dropped, and the error is the
// link's. Frames of one flow that are sent one after another stay in order.
//
// The other errors are [ErrNoMember], [ErrTooLong], [ErrNotEthernet], [ErrNoDataPath]
// and, after Close, [net.ErrClosed].
func (b *Bond) Send(frame []byte) error {
	if !b.open.Load() {
		return net.ErrClosed
	}
	if b.path == nil {
		return ErrNoDataPath
	}
	return b.path.Send(frame)
}

// SendBatch is Send for several frames, which costs less for each. It returns how
// many were taken, by a link or to be sent in a moment; in ModeBroadcast, by at
// least one link. The error is that of the last frame that was not.
func (b *Bond) SendBatch(frames [][]byte) (int, error) {
	if !b.open.Load() {
		return 0, net.ErrClosed
	}
	if b.path == nil {
		return 0, ErrNoDataPath
	}
	return b.path.SendBatch(frames)
}

// Receive waits for a data frame, copies it to buf and returns its length. A
// frame longer than buf is lost, and the error is [io.ErrShortBuffer]. After
// Close the error is [net.ErrClosed]; without a data path it is [ErrNoDataPath].
//
// Every data frame that the members pass on is received, those to the MAC addresses
// of other stations too: see [OpenConfig.Receive]. A bond with a device delivers frames
// there, and those of an EtherType that has a [Bond.PacketConn] go to that; they are
// not received here.
func (b *Bond) Receive(buf []byte) (int, error) {
	if b.path == nil {
		return 0, b.noPath()
	}
	return b.path.Receive(buf)
}

// ReceiveBatch waits for data frames, copies what is there, up to the shorter
// length of bufs and sizes, frame i into bufs[i], sets sizes[i] to its length, and
// returns how many there are. A frame longer than its buffer is lost: the error
// is [io.ErrShortBuffer] then, along with those that came before it. After Close it is
// [net.ErrClosed], without a data path [ErrNoDataPath].
func (b *Bond) ReceiveBatch(bufs [][]byte, sizes []int) (n int, err error) {
	if b.path == nil {
		return 0, b.noPath()
	}
	return b.path.ReceiveBatch(bufs, sizes)
}

// PacketConn returns a view of the bond as a [net.PacketConn] that sends and
// receives the payload of frames of one EtherType, 0x0600 to 0xffff except 0x8809;
// a VLAN tag is an EtherType of its own. Frames of it no longer go to the device
// or to Receive; those to the MAC addresses of other stations are dropped. Addresses
// are of type [Addr]; what is sent has the bond's as its source. A frame that is
// longer than the buffer of ReadFrom is cut.
//
// The error is a [*ConfigError], if there is a view of the EtherType already,
// [net.ErrClosed], or without a data path [ErrNoDataPath].
func (b *Bond) PacketConn(etherType uint16) (net.PacketConn, error) {
	if b.path == nil {
		return nil, b.noPath()
	}
	c, err := b.path.PacketConn(etherType)
	var refused *lacp.FieldError
	if errors.As(err, &refused) {
		return nil, &ConfigError{refused.Field, refused.Value, refused.Allowed}
	}
	return c, err
}

// noPath is why there is no data path.
func (b *Bond) noPath() error {
	if b.inputs == nil {
		return net.ErrClosed
	}
	return ErrNoDataPath
}
