package control

import (
	"net"
	"os"
	"slices"
)

// Peer is the process at the other end of a connection.
type Peer struct {
	PID    int
	UID    int
	Groups []int // its own group first
}

// NoGroup is the group of a socket that only its owner may use.
const NoGroup = -1

// mayChange reports whether a client may use the commands that change something.
func (p *Peer) mayChange(group int) bool {
	if p.UID == 0 || p.UID == os.Getuid() {
		return true
	}
	return group != NoGroup && slices.Contains(p.Groups, group)
}

// stranger is a client that may only read.
var stranger = Peer{UID: -1}

// peer returns who a client is, or stranger if the system does not report that.
func peer(conn net.Conn) Peer {
	if c, ok := conn.(*net.UnixConn); ok {
		if p, err := credentials(c); err == nil {
			return p
		}
	}
	return stranger
}
