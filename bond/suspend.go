package bond

import (
	"context"
	"net"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// Suspend ends the bond like [Bond.CloseContext], but without the last LACPDU: the partners
// keep using the links until they miss our LACPDUs. Pass the result as Config.Restore to a new
// bond with the same settings before that, and the partners see no change at all; what they
// send in between is lost. Only ModeLACP has state to save. A bond with
// [OpenConfig.KeepDevice] leaves its device to the next Open. The error is that of
// CloseContext.
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
