package bond

import (
	"net"

	"github.com/lagkit/lagkit/bond/plane/user"
	"github.com/lagkit/lagkit/internal/allowed"
)

// Addr is an Ethernet address as a [net.Addr], for a [Bond.PacketConn].
type Addr = user.Addr

// Send sends one Ethernet frame, without FCS, on the member its flow belongs to. It does not
// wait. A frame that the member can't take is dropped, and the error is the link's. Frames of
// one flow that are sent one after another stay in order.
//
// The other errors are [ErrNoMember], [ErrTooLong], [ErrNotEthernet], [ErrNoDataPath] and,
// after Close, [net.ErrClosed].
func (b *Bond) Send(frame []byte) error {
	if !b.open.Load() {
		return net.ErrClosed
	}
	if b.path == nil {
		return ErrNoDataPath
	}
	return b.path.Send(frame)
}

// SendBatch sends several frames, at a lower cost for each than Send. It returns how many
// frames were taken, by a link or to be sent in a moment; in ModeBroadcast, by at least one
// link. The error is that of the last frame that was not taken.
func (b *Bond) SendBatch(frames [][]byte) (int, error) {
	if !b.open.Load() {
		return 0, net.ErrClosed
	}
	if b.path == nil {
		return 0, ErrNoDataPath
	}
	return b.path.SendBatch(frames)
}

// Receive waits for a data frame, copies it to buf and returns its length. A frame longer than
// buf is lost, and the error is [io.ErrShortBuffer]. After Close the error is [net.ErrClosed];
// without a data path it is [ErrNoDataPath].
//
// Receive returns every data frame that the members deliver, including those to the MAC
// addresses of other stations: see [OpenConfig.Receive]. A bond with a device delivers frames
// to the device instead, and frames of an EtherType that has a [Bond.PacketConn] go to that.
func (b *Bond) Receive(buf []byte) (int, error) {
	if b.path == nil {
		return 0, b.noPath()
	}
	return b.path.Receive(buf)
}

// ReceiveBatch waits for data frames and copies those that are queued, up to the shorter
// length of bufs and sizes: frame i into bufs[i], and its length into sizes[i]. It returns how
// many it copied. A frame longer than its buffer is lost; the error is then
// [io.ErrShortBuffer], along with the number of frames before it. After Close the error is
// [net.ErrClosed], without a data path [ErrNoDataPath].
func (b *Bond) ReceiveBatch(bufs [][]byte, sizes []int) (n int, err error) {
	if b.path == nil {
		return 0, b.noPath()
	}
	return b.path.ReceiveBatch(bufs, sizes)
}

// PacketConn returns a view of the bond as a [net.PacketConn] that sends and receives the
// payload of frames of one EtherType, 0x0600 to 0xffff except 0x8809; a VLAN tag is an
// EtherType of its own. Frames of that EtherType no longer go to the device or to Receive, and
// those to the MAC addresses of other stations are dropped. Addresses are of type [Addr]. The
// source of the frames it sends is the bond's address. ReadFrom truncates a frame that is
// longer than its buffer.
//
// The error is a [*ConfigError] if the EtherType is not allowed or has a view already,
// [net.ErrClosed], or [ErrNoDataPath] without a data path.
func (b *Bond) PacketConn(etherType uint16) (net.PacketConn, error) {
	if b.path == nil {
		return nil, b.noPath()
	}
	c, err := b.path.PacketConn(etherType)
	return c, allowed.Refusal(err, "")
}

// noPath returns why there is no data path.
func (b *Bond) noPath() error {
	if b.inputs == nil {
		return net.ErrClosed
	}
	return ErrNoDataPath
}
