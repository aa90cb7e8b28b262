package netlab

import (
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// How often the kernel is asked, and how often a program waits for its lock until a change of
// another program is undone: it is told of it, looks at it, and undoes it.
const (
	kernelEvery = 20 * time.Millisecond
	kernelSteps = 3
)

// WatchKernel measures, until stop is called, how long the kernel takes to answer a question
// about an interface. It holds one lock for all network namespaces (RTNL), now and then for
// seconds while namespaces and packet sockets go. Where it can't be asked it counts as prompt.
func WatchKernel() (l *Lateness, stop func()) {
	l = &Lateness{every: kernelEvery, steps: kernelSteps}
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, nil)
	if err != nil {
		return l, l.watch(func() {})
	}
	const loopback = 1
	ask := netlink.Message{Header: netlink.Header{Type: unix.RTM_GETLINK, Flags: netlink.Request}, Data: ifInfo(loopback, 0, 0)}
	end := l.watch(func() { _, _ = conn.Execute(ask) }) // whatever it answers
	return l, func() {
		end()
		_ = conn.Close()
	}
}
