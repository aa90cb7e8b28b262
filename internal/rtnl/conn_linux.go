package rtnl

import (
	"encoding/binary"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Conn sends rtnetlink requests in the network namespace it was opened in, from
// whatever thread it is used.
type Conn struct {
	conn *netlink.Conn
}

func Open() (*Conn, error) {
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{Strict: true})
	if err != nil {
		// Kernels before 4.20 don't have the strict checks.
		conn, err = netlink.Dial(unix.NETLINK_ROUTE, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("open rtnetlink: %w", err)
	}
	return &Conn{conn}, nil
}

// do sends one request: a fixed header, then attributes.
func (r *Conn) do(typ uint16, flags netlink.HeaderFlags, header []byte, attrs func(*netlink.AttributeEncoder)) ([]netlink.Message, error) {
	data := header
	if attrs != nil {
		ae := netlink.NewAttributeEncoder()
		attrs(ae)
		b, err := ae.Encode()
		if err != nil {
			return nil, err
		}
		data = append(data, b...)
	}
	return r.conn.Execute(netlink.Message{
		Header: netlink.Header{Type: netlink.HeaderType(typ), Flags: netlink.Request | flags},
		Data:   data,
	})
}

// change is do for requests that are answered with an acknowledgement only.
func (r *Conn) change(typ uint16, flags netlink.HeaderFlags, header []byte, attrs func(*netlink.AttributeEncoder)) error {
	_, err := r.do(typ, flags|netlink.Acknowledge, header, attrs)
	return err
}

func (r *Conn) Close() error { return r.conn.Close() }

// native appends fixed-size integers in the host's byte order, as rtnetlink's
// headers have them.
var native = binary.NativeEndian
