package bond

import (
	"context"
	"net"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Suspend ends the bond like [Bond.CloseContext], but without a farewell: the
// partners go on using the links until they miss our LACPDUs. What it returns,
// given as Config.Restore to a bond of the same settings before that, has them see
// no change at all; what they send in between is lost. Only ModeLACP has something
// to save. A bond of [OpenConfig.KeepDevice] leaves its device to the next Open.
// The error is that of CloseContext.
func (b *Bond) Suspend(ctx context.Context) (lacp.Saved, error) {
	var saved lacp.Saved
	if !b.do(func() {
		if l, ok := b.mode.(*lacpMode); ok && !b.left {
			saved = l.sys.Save(time.Now())
		}
		b.left = true
		b.dev.keep = b.keepDevice
	}) {
		return saved, net.ErrClosed
	}
	return saved, b.CloseContext(ctx)
}
