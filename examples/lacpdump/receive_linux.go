package main

import (
	"encoding/binary"
	"os"
	"syscall"
)

const (
	// maxLive is the longest frame taken from an interface, in octets.
	maxLive = 16 << 10

	// From linux/if_packet.h; package syscall lacks them on some architectures.
	packetAuxdata          = 8
	statusVLANValid        = 0x10
	statusVLANTPID         = 0x40
	auxdataLen             = 20
	auxdataOffTCI          = 16
	auxdataOffTPID         = 18
	defaultTPID     uint16 = 0x8100
)

// enableAuxdata asks the kernel for the tag that it removes from received frames.
func enableAuxdata(raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.SOL_PACKET, packetAuxdata, 1)
	})
	if err != nil {
		return err
	}
	return os.NewSyscallError("setsockopt PACKET_AUXDATA", failed)
}

// receiver reads frames with their VLAN tag put back.
type receiver struct {
	raw syscall.RawConn
	buf []byte
	oob []byte
}

func newReceiver(raw syscall.RawConn) *receiver {
	return &receiver{raw: raw, buf: make([]byte, 4+maxLive), oob: make([]byte, syscall.CmsgSpace(auxdataLen))}
}

// receive returns the next frame and its length before the cut to maxLive. The frame is
// valid until the next call.
func (r *receiver) receive() (frame []byte, original int, err error) {
	const addresses, tag = 12, 4
	var n, oobn int
	var failed error
	err = r.raw.Read(func(fd uintptr) bool {
		n, oobn, _, _, failed = syscall.Recvmsg(int(fd), r.buf[tag:], r.oob, syscall.MSG_TRUNC)
		return failed != syscall.EAGAIN
	})
	if err == nil {
		err = os.NewSyscallError("recvmsg", failed)
	}
	if err != nil {
		return nil, 0, err
	}
	frame = r.buf[tag : tag+min(n, maxLive)]
	tpid, tci, tagged := vlanTag(r.oob[:oobn])
	if !tagged || len(frame) < addresses {
		return frame, n, nil
	}
	frame = r.buf[:tag+len(frame)]
	copy(frame, frame[tag:tag+addresses])
	binary.BigEndian.PutUint16(frame[addresses:], tpid)
	binary.BigEndian.PutUint16(frame[addresses+2:], tci)
	return frame, n + tag, nil
}

// vlanTag finds the tag in the control messages of a frame.
func vlanTag(oob []byte) (tpid, tci uint16, ok bool) {
	messages, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return 0, 0, false
	}
	for _, m := range messages {
		if m.Header.Level != syscall.SOL_PACKET || m.Header.Type != packetAuxdata || len(m.Data) < auxdataLen {
			continue
		}
		status := binary.NativeEndian.Uint32(m.Data)
		if status&statusVLANValid == 0 {
			return 0, 0, false
		}
		tpid = defaultTPID
		if status&statusVLANTPID != 0 {
			tpid = binary.NativeEndian.Uint16(m.Data[auxdataOffTPID:])
		}
		return tpid, binary.NativeEndian.Uint16(m.Data[auxdataOffTCI:]), true
	}
	return 0, 0, false
}
