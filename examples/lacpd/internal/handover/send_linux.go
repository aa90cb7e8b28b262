package handover

import (
	"errors"
	"fmt"
	"io"
	"net"

	"golang.org/x/sys/unix"
)

// Send sends an offer and copies of the descriptors.
func Send(conn *net.UnixConn, o *Offer, files []int) error {
	b, err := encode(o, len(files))
	if err != nil {
		return err
	}
	if _, err := conn.Write(b); err != nil {
		return fmt.Errorf("handover: send the offer: %w", err)
	}
	// The kernel passes at most 253 descriptors with one message, and each message needs an octet.
	for len(files) > 0 {
		n := min(len(files), maxRights)
		if _, _, err := conn.WriteMsgUnix([]byte{0}, unix.UnixRights(files[:n]...), nil); err != nil {
			return fmt.Errorf("handover: send descriptors: %w", err)
		}
		files = files[n:]
	}
	return nil
}

const maxRights = 253

// Receive receives an offer and its descriptors, which are close-on-exec. The caller closes them.
func Receive(conn *net.UnixConn) (o *Offer, files []int, err error) {
	defer func() {
		if err != nil {
			CloseFiles(files)
			o, files = nil, nil
		}
	}()
	var head [headerLen]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, nil, fmt.Errorf("handover: receive the offer: %w", err)
	}
	h, err := decodeHeader(head[:])
	if err != nil {
		return nil, nil, err
	}
	b := make([]byte, h.Octets)
	if _, err := io.ReadFull(conn, b); err != nil {
		return nil, nil, fmt.Errorf("handover: receive the offer: %w", err)
	}
	for len(files) < int(h.Files) {
		got, err := receiveFiles(conn)
		files = append(files, got...)
		if err != nil {
			return nil, files, fmt.Errorf("handover: receive descriptors: %w", err)
		}
	}
	o, err = decode(b)
	return o, files, err
}

// receiveFiles receives the descriptors of one message.
func receiveFiles(conn *net.UnixConn) (files []int, err error) {
	var b [1]byte
	oob := make([]byte, unix.CmsgSpace(maxRights*4))
	_, n, flags, _, err := conn.ReadMsgUnix(b[:], oob)
	if err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		return nil, err
	}
	for i := range messages {
		got, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return files, err
		}
		files = append(files, got...)
	}
	switch {
	case flags&unix.MSG_CTRUNC != 0:
		return files, errors.New("some did not fit: the limit of open files is too low")
	case len(files) == 0:
		return nil, io.ErrUnexpectedEOF
	}
	return files, nil
}

// CloseFiles closes descriptors.
func CloseFiles(files []int) {
	for _, fd := range files {
		_ = unix.Close(fd) // nothing is written through them here
	}
}
