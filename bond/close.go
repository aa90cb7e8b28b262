package bond

import (
	"context"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// Close is CloseContext without a limit.
func (b *Bond) Close() error { return b.CloseContext(context.Background()) }

// CloseContext stops the bond gracefully. It stops distributing, sends on each member a last
// LACPDU with Synchronization, Collecting and Distributing clear, and closes the device and
// the links, which restores the interfaces. It waits until all of that is done or ctx is done.
// If ctx is done first, the error is ctx's, closing continues, and another call waits for it.
// Otherwise the error is the first one of closing a link or the device.
func (b *Bond) CloseContext(ctx context.Context) error {
	if b.inputs == nil {
		return net.ErrClosed
	}
	if ctx == nil {
		ctx = context.Background()
	}
	b.endPause()
	b.closeOnce.Do(func() { go b.close() })
	select {
	case <-b.ended:
	case <-ctx.Done():
		select {
		case <-b.ended:
		default:
			return ctx.Err()
		}
	}
	return b.closeErr
}

// close does the work that Close waits for.
func (b *Bond) close() {
	defer close(b.ended)
	b.do(b.leave)
	b.open.Store(false)
	close(b.stopping)
	<-b.stopped
	b.worker.Stop()
	if b.opener != nil {
		<-b.openerEnded
		defer func() { b.noteClose(b.opener.Close()) }()
	}
	b.endAsync()
	b.keepPlane()
	for m := range b.members.present {
		b.noteClose(m.link.Close())
	}
	if b.device != nil {
		b.noteClose(b.closeDevice())
	}
	b.noteClose(b.plane.Close())
	for _, m := range b.members {
		m.readers.Wait()
	}
	b.closing.Wait()
	b.closeLog()
}

func (b *Bond) noteClose(err error) {
	if b.closeErr == nil {
		b.closeErr = err
	}
}

// Suspend ends the bond like [Bond.CloseContext], but without the last LACPDU: the partners
// keep using the links until they miss our LACPDUs. Pass the result as Config.Restore to a new
// bond with the same settings before that, and the partners see no change at all; what they
// send in between is lost. Only ModeLACP has state to save. A bond with
// [OpenConfig.KeepDevice] leaves its device to the next Open. The error is that of
// CloseContext.
func (b *Bond) Suspend(ctx context.Context) (lacp.Saved, error) {
	var saved lacp.Saved
	if !b.do(func() {
		if l := b.engine(); l != nil && !b.left {
			saved = b.saved(time.Now(), l)
		}
		b.left = true
		b.dev.keep = b.keepDevice
	}) {
		return saved, net.ErrClosed
	}
	return saved, b.CloseContext(ctx)
}

// closeDevice closes the device but leaves its interface if that is to be kept.
func (b *Bond) closeDevice() error {
	if k, ok := b.device.(link.Keeper); ok && b.dev.keep {
		if err := k.Keep(); err != nil {
			b.log.Warn("device not kept for the next start", "device", b.device.Name(), "error", err)
		}
	}
	return b.device.Close()
}

// keepPlane leaves the plane and its members to the next process, if the device is left to it.
func (b *Bond) keepPlane() {
	if b.dev.keep {
		b.noteClose(b.outlives.Keep(func(yield func(link.Port) bool) {
			for m := range b.members.present {
				if !yield(m.link) {
					return
				}
			}
		}))
	}
}

// endAsync ends the plane's work. Unless the plane is left to the next process, it gives up its
// members before their links are closed, which restores the interfaces. It is called when control
// has ended.
func (b *Bond) endAsync() {
	if b.async == nil {
		return
	}
	b.async.Stop()
	if b.dev.keep || b.pause.released || b.newest.Generation == 0 {
		return
	}
	p := *b.newest
	p.Generation, p.Members, p.Buckets, p.Resilient = p.Generation+1, nil, nil, false
	b.noteClose(b.plane.Apply(&p))
}

// closeLog writes the records that are still queued.
func (b *Bond) closeLog() {
	if b.logs != nil {
		_ = b.logs.Close(logTimeout) // an error means that the Logger still blocks, so it can't be logged
	}
}

// Release ends a paused bond here and leaves it to the other process: the one that has opened it, or
// the one that it came from. Nothing of the interfaces changes. The error is one of closing the
// descriptors, or because the bond is not paused.
func (b *Bond) Release() error {
	if b.inputs == nil {
		return net.ErrClosed
	}
	if err := b.release(); err != nil {
		return err
	}
	return b.Close()
}

func (b *Bond) release() error {
	b.pause.use.Lock()
	defer b.pause.use.Unlock()
	if b.pause.resumed == nil {
		return errNotPaused
	}
	b.pause.released, b.left = true, true
	b.worker.Drop() // its jobs would change the interfaces
	if p, ok := b.plane.(plane.Keeper); ok {
		p.Keep()
	}
	if b.pause.heir != nil {
		b.neverRan()
		b.pause.heir = nil
	}
	b.letGo()
	return nil
}

// endPause makes a paused bond one that can be closed.
func (b *Bond) endPause() {
	b.pause.use.Lock()
	paused, heir := b.pause.resumed != nil, b.pause.heir != nil
	b.pause.use.Unlock()
	switch {
	case heir:
		_ = b.release() // fails only if another call came between
	case paused:
		_ = b.Resume() // the same; what can't be resumed is closed
	}
}
