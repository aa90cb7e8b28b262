package netif

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lagkit/lagkit/internal/afpacket"
)

// An interface belongs to one program at a time, regardless of the state directories. The
// claim to it is a listening Unix socket in the abstract name space of its network namespace.
// The kernel gives a name to one process only, ends the claim with the process, and reports
// the pid and user of the process to a client that connects. A renamed interface keeps its
// index, and so its claim.

// claimKind is the role of an interface that is claimed.
type claimKind string

const (
	claimMember claimKind = "if"  // a member, or a port for control frames only
	claimDevice claimKind = "dev" // the device of a bond
)

// claim is the right to an interface, until it is released.
type claim struct{ listener *net.UnixListener }

func claimAddr(kind claimKind, index int32) *net.UnixAddr {
	return &net.UnixAddr{Name: "@lagkit/" + string(kind) + "/" + strconv.Itoa(int(index)), Net: "unix"}
}

// claim takes the right to an interface. The error is an [*OwnedError] if a process, including
// this one, has it.
func (ns *namespace) claim(kind claimKind, index int32) (*claim, error) {
	for deadline := time.Now().Add(ownClaimWait); ; time.Sleep(5 * time.Millisecond) {
		c, err := ns.tryClaim(kind, index)
		var owned *OwnedError
		if !errors.As(err, &owned) || owned.PID != os.Getpid() || time.Now().After(deadline) {
			return c, err
		}
	}
}

// ownClaimWait limits how long to wait for an earlier claim of this process to end. The kernel
// keeps the claim while a child that is just being started has a copy of the descriptor.
const ownClaimWait = 200 * time.Millisecond

func (ns *namespace) tryClaim(kind claimKind, index int32) (*claim, error) {
	c := new(claim)
	err := ns.run(func() (err error) {
		c.listener, err = net.ListenUnix("unix", claimAddr(kind, index))
		return err
	})
	if errors.Is(err, unix.EADDRINUSE) {
		owner, err := ns.owner(kind, index)
		if owner == nil || err != nil {
			owner = &OwnedError{Device: kind == claimDevice, Unknown: true}
		}
		return nil, owner
	}
	if err != nil {
		return nil, fmt.Errorf("claim interface: %w", err)
	}
	go c.answer()
	return c, nil
}

// answer accepts the connections of clients that ask for the owner. The kernel queues only a
// bounded number of them.
func (c *claim) answer() {
	for {
		conn, err := c.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			time.Sleep(100 * time.Millisecond) // for example, no descriptor is free
		default:
			_ = conn.Close()
		}
	}
}

// hand returns a copy of the claim's descriptor. The claim lasts as long as any process has one.
func (c *claim) hand() (fd int, err error) {
	raw, err := c.listener.SyscallConn()
	if err != nil {
		return -1, err
	}
	var failed error
	err = raw.Control(func(own uintptr) { fd, failed = afpacket.CopyFD(int(own)) })
	return fd, errors.Join(err, failed)
}

// adoptClaim returns the claim that a descriptor of another process is, by a copy of it.
func adoptClaim(kind claimKind, index int32, fd int) (*claim, error) {
	fd, err := afpacket.CopyFD(fd)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "claim")
	l, err := net.FileListener(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("take the claim over: %w", err)
	}
	u, ok := l.(*net.UnixListener)
	if !ok || u.Addr().String() != claimAddr(kind, index).Name {
		return nil, errors.Join(fmt.Errorf("take the claim over: %s, want %s", l.Addr(), claimAddr(kind, index)), l.Close())
	}
	c := &claim{listener: u}
	go c.answer()
	return c, nil
}

// own makes this process the one that the kernel reports as the owner.
func (c *claim) own() error {
	raw, err := c.listener.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = unix.Listen(int(fd), claimBacklog) })
	return errors.Join(err, failed)
}

// claimBacklog is how many clients may wait for an answer.
const claimBacklog = 128

// release gives up the claim.
func (c *claim) release() error {
	if c == nil {
		return nil
	}
	return c.listener.Close()
}

// owner returns the process that has a claim, or nil.
func (ns *namespace) owner(kind claimKind, index int32) (*OwnedError, error) {
	o := &OwnedError{Device: kind == claimDevice}
	var conn *net.UnixConn
	err := ns.run(func() (err error) {
		conn, err = net.DialUnix("unix", nil, claimAddr(kind, index))
		return err
	})
	switch {
	case errors.Is(err, unix.ECONNREFUSED):
		return nil, nil
	case errors.Is(err, unix.EAGAIN):
		o.Unknown = true // the process is stopped, and many clients have asked
		return o, nil
	case err != nil:
		return nil, fmt.Errorf("ask for the owner: %w", err)
	}
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var cred *unix.Ucred
	var credErr error
	err = raw.Control(func(fd uintptr) { cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err := errors.Join(err, credErr); err != nil {
		return nil, fmt.Errorf("ask for the owner: %w", err)
	}
	o.PID, o.UID = int(cred.Pid), cred.Uid
	return o, nil
}
