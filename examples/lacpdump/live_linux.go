package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"

	"github.com/lagkit/lagkit/internal/capture"
	"github.com/lagkit/lagkit/lacp"
)

// dumpInterface prints the frames of an interface as they pass, until SIGINT or SIGTERM.
func dumpInterface(p *printer, ifi *net.Interface, stderr io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	conn, err := listen(ifi)
	if err != nil {
		return err
	}
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	if err := enableAuxdata(raw); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "lacpdump: listening on %s\n", ifi.Name)
	b := newReceiver(raw)
	for n := 0; ctx.Err() == nil; {
		// Wait briefly, to notice the signal and the removal of the interface.
		if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
			return err
		}
		frame, original, err := b.receive()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ENETDOWN):
			if _, err := net.InterfaceByIndex(ifi.Index); err != nil {
				return fmt.Errorf("the interface was removed: %w", err)
			}
			continue
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return err
		}
		n++
		err = p.print(capture.Frame{Number: n, Time: time.Now(), Data: frame, OriginalLength: original})
		if err := errors.Join(err, p.out.Flush()); err != nil {
			return err
		}
	}
	return nil
}

// listen opens a socket for slow-protocols frames of an interface in both directions. Only
// sockets of ETH_P_ALL get frames that the host sends, so a filter selects the protocol.
func listen(ifi *net.Interface) (*packet.Conn, error) {
	filter, err := bpf.Assemble(slowFilter())
	if err != nil {
		return nil, err
	}
	conn, err := packet.Listen(ifi, packet.Raw, syscall.ETH_P_ALL, &packet.Config{Filter: filter})
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			err = fmt.Errorf("%w (live capture needs CAP_NET_RAW)", err)
		}
		return nil, err
	}
	for _, group := range []lacp.MAC{lacp.SlowProtocolsMulticast, lacp.NearestCustomerBridge, lacp.NearestNonTPMRBridge} {
		if err := conn.JoinGroup(group[:]); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("joining group %s: %w", group, err)
		}
	}
	return conn, nil
}

// slowFilter accepts EtherType 0x8809 after up to three VLAN tags in the frame.
func slowFilter() []bpf.Instruction {
	const (
		depth  = 4
		accept = 5*depth + 1 // the instruction after the rejection
	)
	var program []bpf.Instruction
	for i := range uint32(depth) {
		program = append(program,
			bpf.LoadAbsolute{Off: 12 + 4*i, Size: 2},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x8809, SkipTrue: uint8(accept - (5*i + 2))},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x8100, SkipTrue: 2},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x88a8, SkipTrue: 1},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0x9100, SkipTrue: uint8(5*depth - (5*i + 5))})
	}
	return append(program, bpf.RetConstant{Val: 0}, bpf.RetConstant{Val: maxLive})
}
