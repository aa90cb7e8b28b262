package control

import (
	"net"
	"unsafe"

	"golang.org/x/sys/unix"
)

// credentials returns who was at the other end when it connected.
func credentials(conn *net.UnixConn) (p Peer, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return p, err
	}
	var cred *unix.Ucred
	var groups []uint32
	if e := raw.Control(func(fd uintptr) {
		if cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			groups, err = peerGroups(fd)
		}
	}); e != nil {
		return p, e
	}
	if err != nil {
		return p, err
	}
	p = Peer{PID: int(cred.Pid), UID: int(cred.Uid), Groups: []int{int(cred.Gid)}}
	for _, g := range groups {
		p.Groups = append(p.Groups, int(g))
	}
	return p, nil
}

// maxGroups is the most supplementary groups of a process (NGROUPS_MAX).
const maxGroups = 65536

// peerGroups returns the supplementary groups of the other end.
func peerGroups(fd uintptr) ([]uint32, error) {
	for n := 64; ; n = maxGroups {
		groups := make([]uint32, n)
		size := uint32(4 * n)
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&groups[0])), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case errno == 0:
			return groups[:size/4], nil
		case errno != unix.ERANGE || n == maxGroups:
			return nil, errno
		}
	}
}

// hungUp reports whether the other end is closed, and not only its sending half.
func hungUp(conn net.Conn) bool {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return true
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return true
	}
	hup := true
	_ = raw.Control(func(fd uintptr) { // an error: closed by ourselves
		p := []unix.PollFd{{Fd: int32(fd)}}
		_, err := unix.Poll(p, 0)
		hup = err == nil && p[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
	})
	return hup
}
