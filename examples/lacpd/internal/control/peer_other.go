//go:build !linux

package control

import (
	"errors"
	"net"
)

// credentials fails: lacpd runs on Linux only.
func credentials(*net.UnixConn) (Peer, error) { return Peer{}, errors.ErrUnsupported }

// hungUp reports that a client that sends nothing more has gone.
func hungUp(net.Conn) bool { return true }
