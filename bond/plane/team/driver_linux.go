package team

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// native is the host's byte order, which netlink uses.
var native = binary.NativeEndian

// The team driver's family of generic netlink, and its commands (linux/if_team.h).
const (
	familyName = "team"

	commandSet = 1 // options
	commandGet = 2
)

// groupName is the multicast group of the driver's events.
const groupName = "change_event"

// driver sends requests to the kernel's team driver in the network namespace where it was opened.
type driver struct {
	conn   *genetlink.Conn
	family genetlink.Family
	events *netlink.Conn // never received from, only drained
	group  uint32        // of the driver's events
}

// openDriver connects to the driver. The kernel has loaded it by the time a team exists.
func openDriver() (*driver, error) {
	d := new(driver)
	err := d.open()
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *driver) open() (err error) {
	if d.conn, err = genetlink.Dial(&netlink.Config{Strict: true}); err != nil {
		d.conn, err = genetlink.Dial(nil) // kernels before 4.20 have no strict checks
	}
	if err != nil {
		return fmt.Errorf("open generic netlink: %w", err)
	}
	if d.family, err = d.conn.GetFamily(familyName); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: the kernel has no team driver", errors.ErrUnsupported)
	}
	if err != nil {
		return fmt.Errorf("find the team driver: %w", err)
	}
	if d.events, err = netlink.Dial(unix.NETLINK_GENERIC, nil); err != nil {
		return fmt.Errorf("open generic netlink: %w", err)
	}
	for _, g := range d.family.Groups {
		if g.Name == groupName {
			d.group = g.ID
			return d.events.JoinGroup(g.ID)
		}
	}
	return fmt.Errorf("the team driver has no group %s", groupName)
}

// options returns all options of a team.
func (d *driver) options(team int32) (all []option, err error) {
	messages, err := d.request(commandGet, 0, team, nil)
	if err != nil {
		return nil, fmt.Errorf("read options of the team driver: %w", err)
	}
	for _, m := range messages {
		list, err := decodeOptions(m.Data)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// mostOptions is how many options a request sets. The driver sends an event for each, and goes
// on only if a program receives it: there has to be room for all of them in our own socket.
const mostOptions = 64

// set sets options of a team, in their order. If the driver refuses one, those before it stay
// set.
func (d *driver) set(team int32, list []option) error {
	for part := range slices.Chunk(list, mostOptions) {
		if _, err := d.heard(); err != nil {
			return err
		}
		if _, err := d.request(commandSet, netlink.Acknowledge, team, part); err != nil {
			return fmt.Errorf("set options of the team driver: %w", err)
		}
	}
	return nil
}

func (d *driver) request(command uint8, flags netlink.HeaderFlags, team int32, list []option) ([]genetlink.Message, error) {
	data, err := encodeOptions(team, list)
	if err != nil {
		return nil, err
	}
	// What is left of an answer that was not read to its end is not taken for the next one.
	if _, err := drain(d.conn); err != nil {
		return nil, err
	}
	m := genetlink.Message{Header: genetlink.Header{Command: command, Version: d.family.Version}, Data: data}
	return d.conn.Execute(m, d.family.ID, netlink.Request|flags)
}

// heard discards the events that have arrived, and reports whether there were any. They are about
// any team of the namespace, and about the links of its ports too.
func (d *driver) heard() (bool, error) { return drain(d.events) }

// drain discards what a socket has received, and reports whether there was anything.
func drain(conn syscall.Conn) (some bool, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false, err
	}
	var buf [1]byte
	var recv error
	err = raw.Read(func(fd uintptr) bool {
		for recv == nil || errors.Is(recv, unix.EINTR) || errors.Is(recv, unix.ENOBUFS) {
			_, _, recv = unix.Recvfrom(int(fd), buf[:], unix.MSG_DONTWAIT)
			some = some || recv == nil || errors.Is(recv, unix.ENOBUFS)
		}
		return true
	})
	if err == nil && !errors.Is(recv, unix.EAGAIN) {
		err = recv
	}
	if err != nil {
		return some, fmt.Errorf("discard messages of the team driver: %w", err)
	}
	return some, nil
}

func (d *driver) close() error {
	var errs []error
	if d.conn != nil {
		errs = append(errs, d.conn.Close())
	}
	if d.events != nil {
		errs = append(errs, d.events.Close())
	}
	return errors.Join(errs...)
}
