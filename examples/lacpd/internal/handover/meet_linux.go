package handover

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
)

// Meeting is where a successor waits for the lacpd that it succeeds: an address in the abstract
// name space of their network namespace.
type Meeting struct{ listener *net.UnixListener }

// NewMeeting makes a place to meet that no other program can guess.
func NewMeeting() (*Meeting, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: "@lagkit/handover/" + rand.Text(), Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	return &Meeting{l}, nil
}

// Address returns what the other lacpd has to be given.
func (m *Meeting) Address() string { return m.listener.Addr().String() }

// Accept waits for the other lacpd until ctx is done or Close is called. It accepts only a process
// of root or of this user.
func (m *Meeting) Accept(ctx context.Context) (*net.UnixConn, error) {
	defer context.AfterFunc(ctx, func() { _ = m.listener.SetDeadline(time.Unix(1, 0)) })()
	conn, err := m.listener.AcceptUnix()
	if err != nil {
		return nil, errors.Join(ctx.Err(), fmt.Errorf("handover: %w", err))
	}
	if err := trust(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Close ends the meeting.
func (m *Meeting) Close() error { return m.listener.Close() }

// Meet connects to a successor at an address. It trusts only a process of root or of this user.
func Meet(ctx context.Context, address string) (*net.UnixConn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", address)
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	u := conn.(*net.UnixConn)
	if err := trust(u); err != nil {
		return nil, errors.Join(err, u.Close())
	}
	return u, nil
}

// trust refuses the other end of a connection unless it is root or the user of this process.
func trust(conn *net.UnixConn) error {
	if p := control.Identify(conn); !p.Owns() {
		return fmt.Errorf("handover: user %d, allowed: 0 and %d", p.UID, os.Geteuid())
	}
	return nil
}
