package bond

import "context"

// holdWorker makes the worker, and those who open members, wait until the bond goes on, so that
// nothing changes the interfaces.
func (b *Bond) holdWorker(ctx context.Context) (err error) {
	b.pause.resumed, err = b.worker.Hold(ctx, b.stopping, &b.setting)
	return err
}

// letGo ends holdWorker and the pause of control.
func (b *Bond) letGo() {
	close(b.pause.resumed)
	b.pause.resumed, b.pause.members = nil, nil
}
