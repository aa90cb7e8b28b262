package team

import (
	"errors"
	"slices"
	"sync"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/rtnl"
)

// drift notices when another program may have changed what a plane has set.
type drift struct {
	hints chan struct{}
	conns []*netlink.Conn
	ended sync.WaitGroup
}

// listen begins to listen, in the calling thread's network namespace: to every event of the driver,
// the plane's own too, and to the links that are strange.
func (d *drift) listen(driver *driver, strange func(rtnl.Link) bool) error {
	d.hints = make(chan struct{}, 1)
	err := d.follow(unix.NETLINK_GENERIC, driver.group, func(netlink.Message) bool { return true })
	if err != nil {
		return err
	}
	return d.follow(unix.NETLINK_ROUTE, unix.RTNLGRP_LINK, func(m netlink.Message) bool {
		li, ok := rtnl.ParseLink(m.Data)
		return ok && uint16(m.Header.Type) == unix.RTM_NEWLINK && strange(li)
	})
}

// follow gives a hint for each message of a group that matters.
func (d *drift) follow(family int, group uint32, matters func(netlink.Message) bool) error {
	conn, err := netlink.Dial(family, nil)
	if err != nil {
		return err
	}
	d.conns = append(d.conns, conn)
	if err := conn.JoinGroup(group); err != nil {
		return err
	}
	d.ended.Go(func() {
		for {
			messages, err := conn.Receive()
			lost := errors.Is(err, unix.ENOBUFS)
			if err != nil && !lost {
				return // it was closed
			}
			if lost || slices.ContainsFunc(messages, matters) {
				d.hint()
			}
		}
	})
	return nil
}

func (d *drift) hint() {
	select {
	case d.hints <- struct{}{}:
	default: // there is one
	}
}

// close ends listening.
func (d *drift) close() error {
	var errs []error
	for _, c := range d.conns {
		errs = append(errs, c.Close())
	}
	d.ended.Wait()
	d.conns = nil
	return errors.Join(errs...)
}
