package bond

import (
	"context"
	"net"
)

// holdWorker makes the worker, and those who open members, wait until the bond goes on, so that
// nothing changes the interfaces.
func (b *Bond) holdWorker(ctx context.Context) error {
	started, resumed := make(chan struct{}), make(chan struct{})
	b.worker.Post("", func() {
		b.setting.Lock()
		defer b.setting.Unlock()
		close(started)
		<-resumed
	})
	var err error
	select {
	case <-started:
		b.pause.resumed = resumed
		return nil
	case <-b.stopping:
		err = net.ErrClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	close(resumed)
	return err
}

// letGo ends holdWorker and the pause of control.
func (b *Bond) letGo() {
	close(b.pause.resumed)
	b.pause.resumed, b.pause.members = nil, nil
}
