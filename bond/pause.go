package bond

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/internal/handing"
	"github.com/lagkit/lagkit/internal/pace"
)

// A bond goes to another process in two steps. It stops between two frames, and the successor
// opens it by copies of its descriptors. Then either the successor goes on, or this process does:
// until then neither reads a frame, and what arrives waits in the kernel's queues.

var (
	errPaused    = errors.New("bond: it is paused already")
	errNotPaused = errors.New("bond: it is not paused")
)

// calmTime is how long Pause waits for changes that are under way: flows that move, members that
// leave, Markers that are not answered.
const calmTime = 2 * time.Second

// Pause stops a bond made by [Open] between two frames and returns what another process needs to
// go on with it, as [OpenConfig.Handed] with the same settings. Nothing of the interfaces changes,
// and frames wait in the kernel's queues. The partners notice nothing if the bond goes on within
// their timeouts: 3 s or 90 s after our last LACPDU. Call Release once the successor has the bond,
// or Resume to go on here. Until then most other calls wait, Close resumes the bond first, and the
// caller sends no frames itself.
//
// The descriptors of the members and the device, the protocol state, drained members and gates
// are handed over. Counters and history begin again, and so does a link that was still
// negotiating. Frames that Receive has not returned stay here.
//
// The error is [errors.ErrUnsupported] for links, devices and planes that can't be handed over,
// ctx's, [net.ErrClosed], or why the bond can't be paused now. It then goes on. The caller closes
// what Pause returns.
func (b *Bond) Pause(ctx context.Context) (*Handed, error) {
	if b.inputs == nil {
		return nil, net.ErrClosed
	}
	b.pause.use.Lock()
	defer b.pause.use.Unlock()
	if b.pause.resumed != nil {
		return nil, errPaused
	}
	if err := b.canPause(); err != nil {
		return nil, err
	}
	if err := b.holdWorker(ctx); err != nil {
		return nil, err
	}
	var unrest error
	pace.Poll(time.Millisecond, calmTime, ctx.Done(), func() bool {
		unrest = b.unrest()
		return unrest == nil
	})
	if err := errors.Join(ctx.Err(), unrest); err != nil {
		b.letGo()
		return nil, err
	}
	h, err := b.stop()
	if err != nil {
		return nil, errors.Join(err, h.Close(), b.goOn())
	}
	return &h, nil
}

// canPause returns why the bond can never be paused.
func (b *Bond) canPause() error {
	if b.opener == nil {
		return fmt.Errorf("bond: pause a bond that Open has not made: %w", errors.ErrUnsupported)
	}
	if _, ok := b.plane.(plane.Pauser); !ok {
		return fmt.Errorf("bond: pause a data plane of type %T: %w", b.plane, errors.ErrUnsupported)
	}
	if _, ok := b.device.(link.Hander); !ok && b.device != nil {
		return fmt.Errorf("bond: pause a device of type %T: %w", b.device, errors.ErrUnsupported)
	}
	return nil
}

// unrest returns why the bond can't be paused at the moment.
func (b *Bond) unrest() error {
	err := net.ErrClosed
	b.do(func() {
		switch err = b.busy(); {
		case err != nil:
		case !b.moving.Next().IsZero():
			err = errors.New("bond: pause while flows move between members")
		case !b.answers.Next().IsZero():
			err = errors.New("bond: pause before a Marker is answered")
		}
	})
	return err
}

// busy returns which change of the bond is under way.
func (b *Bond) busy() error {
	switch {
	case b.left:
		return net.ErrClosed
	case b.dev.missing:
		return fmt.Errorf("bond: pause without the device: %s", b.dev.why)
	case b.cfg.NeedsPermission:
		return fmt.Errorf("bond: pause a bond that needs a permission: %w", errors.ErrUnsupported)
	case b.work.Busy():
		return errors.New("bond: pause while the data plane works on a plan")
	case b.refusal.Err() != nil:
		return fmt.Errorf("bond: pause with a refused plan: %w", b.refusal.Err())
	}
	for m := range b.members.present {
		if _, ok := m.link.(link.Hander); !ok {
			return fmt.Errorf("bond: pause a link of type %T: %w", m.link, errors.ErrUnsupported)
		}
		if m.phase == phaseLeaving || !m.known {
			return fmt.Errorf("bond: pause while member %s comes or goes", m.link.Name())
		}
	}
	return nil
}

// stop stops the readers and control, and collects what the successor needs. After an error all of
// that is to be undone.
func (b *Bond) stop() (h Handed, err error) {
	err = b.pauseReads()
	done, resumed := make(chan struct{}), b.pause.resumed
	if !b.tell(input{do: func() {
		if err = errors.Join(err, b.plane.(plane.Pauser).Pause()); err == nil {
			h, err = b.handOver(time.Now())
		}
		close(done)
		<-resumed
	}}) {
		return h, net.ErrClosed
	}
	<-done
	return h, err
}

// pauseReads ends the reading of the members and the device. What the members have read is an input
// of control by then.
func (b *Bond) pauseReads() error {
	var members []*member
	if !b.do(func() { members = slices.Collect(b.members.present) }) {
		return net.ErrClosed
	}
	var errs []error
	if b.device != nil {
		errs = append(errs, b.device.(link.Hander).Pause())
	}
	for _, m := range members {
		switch err := m.link.(link.Hander).Pause(); {
		case err == nil:
			b.pause.members = append(b.pause.members, m)
		case !errors.Is(err, net.ErrClosed): // else it was lost just now
			errs = append(errs, err)
		}
	}
	for _, m := range b.pause.members {
		m.readers.Wait()
	}
	return errors.Join(errs...)
}

// handOver returns what the successor needs. It runs on control, when nothing is read any more.
func (b *Bond) handOver(now time.Time) (h Handed, err error) {
	b.takeStates()
	for m := range b.members.present {
		for i := range m.unseen {
			b.receiveControl(m, &m.unseen[i])
		}
		m.unseen = nil
	}
	if err := b.busy(); err != nil {
		return h, err
	}
	if !b.moving.Next().IsZero() { // since a moment
		b.releaseHeld()
	}
	s := &handing.Bond{Version: handing.Version, Name: b.name, Mode: b.cfg.Mode, Addr: b.addr, System: b.system, Provisional: b.provisional,
		MTU: b.cfg.MTU, Addresses: b.cfg.Addresses, Routes: b.cfg.Routes, Description: b.cfg.Description, Gates: b.gates, Enough: b.enough, Buckets: b.plan.Buckets,
		Carrier: b.dev.wanted.carrier, Speed: b.dev.wanted.speed, DeviceMTU: b.dev.want.MTU}
	if l := b.engine(); l != nil {
		s.LACP, _ = l.System().Save(now).MarshalBinary() // it never fails
	}
	if b.device != nil {
		if s.Device, err = handing.Add(&h, b.device.(link.Hander)); err != nil {
			return h, err
		}
	}
	for _, m := range b.members {
		e := handing.Member{Name: m.link.Name(), Wanted: b.wanted.Has(m.link.Name()), Drained: m.drained, Up: m.seen.Up, Carries: m.usable,
			Addr: m.addr, MTU: m.want.MTU}
		if m.phase != phaseGone {
			if e.Link, err = handing.Add(&h, m.link.(link.Hander)); err != nil {
				return h, err
			}
		}
		s.Members = append(s.Members, e)
	}
	for _, w := range b.wanted {
		s.Reserve(w.Name)
	}
	h.State, err = json.Marshal(s)
	return h, err
}

// Resume lets a bond go on that Pause has stopped, or begins one that Open was given as
// [OpenConfig.Handed]. Either way it belongs to this process alone: the other one must have
// released it, or be gone. Without an error from Pause or Open it always goes on; the error is
// about parts of it that could not be resumed, or because it is not paused.
func (b *Bond) Resume() error {
	if b.inputs == nil {
		return net.ErrClosed
	}
	b.pause.use.Lock()
	defer b.pause.use.Unlock()
	if b.pause.resumed == nil {
		return errNotPaused
	}
	return b.goOn()
}

// goOn lets everything go on that is paused.
func (b *Bond) goOn() error {
	heir := b.pause.heir
	if heir != nil {
		b.inherit(time.Now())
		b.pause.heir = nil
	}
	var errs []error
	for _, m := range b.pause.members {
		if err := m.link.(link.Hander).Resume(); !errors.Is(err, net.ErrClosed) { // else it was lost
			errs = append(errs, err)
		}
	}
	if b.device != nil {
		errs = append(errs, b.device.(link.Hander).Resume())
	}
	b.plane.(plane.Pauser).Resume()
	if heir != nil {
		b.start()
	} else {
		for _, m := range b.pause.members {
			m.readers.Add(1)
			go b.readControl(m)
		}
	}
	b.letGo()
	return errors.Join(errs...)
}
