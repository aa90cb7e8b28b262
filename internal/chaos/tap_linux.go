package main

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// tap sees the numbered frames that enter mid at an end of a cable.
type tap struct {
	file   *os.File
	ledger *ledger
	dir    int
	member int
}

// listen opens the tap of an end. The previous tap, of an interface that is gone, ends.
func (c *cable) listen(dir int, name string) error {
	if c.tap[dir] != nil {
		_ = c.tap[dir].file.Close()
	}
	index, err := c.bed.mid.index(name)
	if err != nil {
		return err
	}
	t := &tap{ledger: c.bed.ledger, dir: dir, member: c.i}
	err = c.bed.mid.do(func() error {
		all := int(uint16(unix.ETH_P_ALL)<<8 | unix.ETH_P_ALL>>8) // in network order; only sockets for all protocols see frames before tc does
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, all)
		if err != nil {
			return err
		}
		t.file = os.NewFile(uintptr(fd), name)
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
			return err
		}
		return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(all), Ifindex: index})
	})
	if err != nil {
		return err
	}
	c.tap[dir] = t
	go t.run()
	return nil
}

func (t *tap) run() {
	buf := make([]byte, 2048)
	for {
		n, err := t.file.Read(buf)
		if errors.Is(err, unix.ENETDOWN) {
			continue // the interface was set down; the socket works again when it is up
		}
		if err != nil {
			return
		}
		if n < udpOffset {
			continue
		}
		if id, ok := parseFrameID(buf[udpOffset:n]); ok && id.dir == t.dir {
			t.ledger.seen(id, t.member, time.Now())
		}
	}
}
