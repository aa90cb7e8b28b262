package rtnl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Conn sends rtnetlink requests in the network namespace where it was opened, from any thread.
type Conn struct {
	mu   sync.Mutex // guards a request and its answer
	conn *netlink.Conn
	left bool // part of an answer may be unread
}

func Open() (*Conn, error) {
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{Strict: true})
	if err != nil {
		// Kernels before 4.20 have no strict checks.
		conn, err = netlink.Dial(unix.NETLINK_ROUTE, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("open rtnetlink: %w", err)
	}
	return &Conn{conn: conn}, nil
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
	r.mu.Lock()
	defer r.mu.Unlock()
	for try := 1; ; try++ {
		if err := r.drain(); err != nil {
			return nil, err
		}
		msgs, err := r.conn.Execute(netlink.Message{
			Header: netlink.Header{Type: netlink.HeaderType(typ), Flags: netlink.Request | flags},
			Data:   data,
		})
		r.left = err != nil && !answered(err)
		if err == nil && len(msgs) == 0 && flags&netlink.Dump != netlink.Dump {
			r.left, err = true, errNoAnswer
		}
		// A list that changes while it is read may be incomplete.
		if err == nil && try < dumpTries && slices.ContainsFunc(msgs, interrupted) {
			continue
		}
		return msgs, err
	}
}

var errNoAnswer = errors.New("rtnetlink: no answer")

// dumpTries limits how often a list is read until it does not change meanwhile.
const dumpTries = 5

func interrupted(m netlink.Message) bool { return m.Header.Flags&netlink.DumpInterrupted != 0 }

// answered reports whether an error is the kernel's answer to a request.
func answered(err error) bool {
	var op *netlink.OpError
	return errors.As(err, &op) && op.Sequence != 0
}

// drain reads and discards the rest of an answer that was not read to its end. Otherwise it
// would be taken for the answer to the next request.
func (r *Conn) drain() error {
	if !r.left {
		return nil
	}
	raw, err := r.conn.SyscallConn()
	if err != nil {
		return err
	}
	var buf [1]byte
	var recv error
	err = raw.Read(func(fd uintptr) bool {
		for recv == nil || errors.Is(recv, unix.EINTR) {
			_, _, recv = unix.Recvfrom(int(fd), buf[:], unix.MSG_DONTWAIT)
		}
		return true
	})
	if err == nil && !errors.Is(recv, unix.EAGAIN) {
		err = recv
	}
	if err != nil {
		return fmt.Errorf("rtnetlink: read the answer to an earlier request: %w", err)
	}
	r.left = false
	return nil
}

// change is do for requests whose answer is only an acknowledgement.
func (r *Conn) change(typ uint16, flags netlink.HeaderFlags, header []byte, attrs func(*netlink.AttributeEncoder)) error {
	_, err := r.do(typ, flags|netlink.Acknowledge, header, attrs)
	return err
}

func (r *Conn) Close() error { return r.conn.Close() }

// native appends fixed-size integers in the host's byte order, which rtnetlink's headers use.
var native = binary.NativeEndian
