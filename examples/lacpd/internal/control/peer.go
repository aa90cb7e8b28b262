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

// Owns reports whether the process is root's or of this process's user.
func (p *Peer) Owns() bool { return p.UID == 0 || p.UID == os.Geteuid() }

// mayChange reports whether a client may use the commands that change something.
func (p *Peer) mayChange(group int) bool {
	return p.Owns() || group != NoGroup && slices.Contains(p.Groups, group)
}

// stranger is a client that may only read.
var stranger = Peer{UID: -1}

// Identify returns who is at the other end, or a process that owns nothing if the system does not
// report that.
func Identify(conn net.Conn) Peer {
	if c, ok := conn.(*net.UnixConn); ok {
		if p, err := credentials(c); err == nil {
			return p
		}
	}
	return stranger
}
