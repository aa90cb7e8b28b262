package worker

import (
	"context"
	"net"
	"sync"
)

// Hold makes the worker wait, with a lock held, until the returned channel is closed. It returns once
// the jobs before are done; [net.ErrClosed] if end is closed before, and ctx's error if that is done.
func (w *Worker) Hold(ctx context.Context, end <-chan struct{}, lock sync.Locker) (chan struct{}, error) {
	held, goOn := make(chan struct{}), make(chan struct{})
	w.Post("", func() {
		lock.Lock()
		defer lock.Unlock()
		close(held)
		<-goOn
	})
	var err error
	select {
	case <-held:
		return goOn, nil
	case <-end:
		err = net.ErrClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	close(goOn)
	return nil, err
}
