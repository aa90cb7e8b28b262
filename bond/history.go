package bond

import (
	"net"

	"github.com/lagkit/lagkit/lacp"
)

// History returns the last transitions of a member's LACP machines, oldest first, at most
// [lacp.HistoryLen]. In other modes it returns none. The error is a [*ConfigError] or
// [net.ErrClosed].
func (b *Bond) History(name string) (h []lacp.Transition, err error) {
	name = b.canonical(name)
	err = net.ErrClosed
	b.do(func() {
		var m *member
		if m, err = b.find(name); err != nil {
			return
		}
		if l, ok := b.mode.(*lacpMode); ok {
			h = l.sys.History(l.port(m))
		}
	})
	return h, err
}
