package main

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// hostTap sees the numbered frames that a host hands to any interface, so that a reordering by
// the host is not blamed on the bond. The host sends frames that waited for its neighbour's
// address next to newer ones.
type hostTap struct {
	fd     int
	ledger *ledger
	dir    int
}

func newHostTap(ns *namespace, l *ledger, dir int) (*hostTap, error) {
	t := &hostTap{ledger: l, dir: dir}
	err := ns.do(func() (err error) {
		all := int(uint16(unix.ETH_P_ALL)<<8 | unix.ETH_P_ALL>>8) // in network order
		if t.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, all); err != nil {
			return err
		}
		return unix.SetsockoptTimeval(t.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000})
	})
	return t, err
}

// run reads until ctx is done.
func (t *hostTap) run(ctx context.Context) {
	defer unix.Close(t.fd)
	buf := make([]byte, 2048)
	for ctx.Err() == nil {
		n, from, err := unix.Recvfrom(t.fd, buf, 0)
		if err != nil {
			if errors.Is(err, unix.EBADF) {
				return
			}
			continue
		}
		a, ok := from.(*unix.SockaddrLinklayer)
		if !ok || a.Pkttype != unix.PACKET_OUTGOING || n < udpOffset {
			continue
		}
		if id, ok := parseFrameID(buf[udpOffset:n]); ok && id.dir == t.dir {
			t.ledger.handed(id, time.Now())
		}
	}
}
