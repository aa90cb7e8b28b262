package main

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/handover"
)

// handoverTime is how long the bonds may be stopped for a successor. Partners with the short timeout
// wait for 3 s after our last LACPDU, which may be a second old.
const handoverTime = 1500 * time.Millisecond

// successor asks for the bonds.
type successor struct {
	Version int    `json:"version"` // of the messages
	Layout  int    `json:"layout"`  // of what bonds hand over
	Address string `json:"address"` // where it waits
}

// handoverRequest is a successor's request to the goroutine of run.
type handoverRequest struct {
	successor
	done chan error
}

// pausable is a bond that can be handed over.
type pausable interface {
	Pause(context.Context) (*bond.Handed, error)
	Resume() error
	Release() error
}

// successorCommand hands the bonds over to the successor that asks.
func (d *daemon) successorCommand() control.Command {
	return control.Command{Name: "handover", Changes: true, Run: func(ctx context.Context, call *control.Call) (any, error) {
		r := handoverRequest{done: make(chan error, 1)}
		if err := call.Args(&r.successor); err != nil {
			return nil, err
		}
		if r.Version != handover.Version {
			return nil, control.Refused("version", strconv.Itoa(r.Version), strconv.Itoa(handover.Version))
		}
		if r.Layout != bond.HandedVersion {
			return nil, control.Refused("layout", strconv.Itoa(r.Layout), strconv.Itoa(bond.HandedVersion))
		}
		select {
		case d.requests <- r:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		select {
		case err := <-r.done:
			return struct{}{}, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// pausedBond is a bond that waits for the decision.
type pausedBond struct {
	managed
	handed *bond.Handed // nil: it ends here and begins again there, as in a warm restart
	ports  map[string]string
	err    error
}

// handOver hands all bonds over. After an error they go on here.
func (d *daemon) handOver(r handoverRequest) (err error) {
	if d.pending != nil {
		return d.pending.refusal(d.host.bootTime())
	}
	d.yield()
	defer d.goOnUnlessHanded()
	ctx, cancel := context.WithTimeout(context.Background(), handoverTime)
	defer cancel()
	conn, err := handover.Meet(ctx, r.Address)
	if err != nil {
		return err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	began := time.Now()
	bonds := d.pause(ctx)
	if err = errors.Join(errorsOf(bonds)...); err == nil {
		err = d.persuade(conn, bonds)
	}
	if err != nil {
		_ = handover.WriteWord(conn, handover.No) // the successor may be gone
		return errors.Join(err, d.resume(bonds))
	}
	d.handed = true
	d.log.Info("bonds handed over", "bonds", len(bonds), "stopped_for", time.Since(began).Round(time.Microsecond).String())
	// The successor waits for the end of the connection, and then listens at the address of -http.
	if err := errors.Join(d.leaveGroup(), d.part(bonds), d.closeWeb()); err != nil {
		d.log.Error("bonds handed over, but not all is closed here", "error", err)
	}
	return nil
}

// persuade offers the bonds to the successor. It returns nil if they are the successor's from now
// on.
func (d *daemon) persuade(conn *net.UnixConn, bonds []pausedBond) error {
	offer, files, err := d.offer(bonds)
	if err != nil {
		return err
	}
	defer handover.CloseFiles(files[len(files)-offer.Socket.Count:])
	if err := handover.Send(conn, offer, files); err != nil {
		return err
	}
	switch word, err := handover.ReadWord(conn); {
	case err != nil:
		return errors.Join(errors.New("the successor has not begun"), err)
	case word != handover.Ready:
		return errors.New("the successor has refused: " + word)
	}
	return handover.WriteWord(conn, handover.Go)
}

// offer returns the offer of the bonds, with the descriptors: those of the bonds, and a copy of the
// socket's, which the caller closes.
func (d *daemon) offer(bonds []pausedBond) (offer *handover.Offer, files []int, err error) {
	offer = &handover.Offer{Config: d.text}
	add := func(list []int) handover.Part {
		p := handover.Part{From: len(files), Count: len(list)}
		files = append(files, list...)
		return p
	}
	for i := range bonds {
		b := &bonds[i]
		o := handover.Bond{Name: b.cfg.Name, Plane: b.plane.Name, Why: b.plane.Why, Ports: b.ports}
		if b.handed != nil {
			o.State, o.Files = b.handed.State, add(b.handed.Files)
		}
		offer.Bonds = append(offer.Bonds, o)
	}
	if d.socket != nil {
		fd, err := d.socket.Hand()
		if err != nil {
			return nil, nil, err
		}
		offer.Socket = add([]int{fd})
	}
	return offer, files, nil
}

// store leaves the bonds to the process that the service manager starts next. After an error they
// go on here. A file that the next process would refuse is one: without it the bonds would end with
// their interfaces as they are.
func (d *daemon) store() error {
	if err := d.readable(); err != nil {
		return err
	}
	d.yield()
	defer d.goOnUnlessHanded()
	ctx, cancel := context.WithTimeout(context.Background(), handoverTime)
	defer cancel()
	bonds := d.pause(ctx)
	err := errors.Join(errorsOf(bonds)...)
	if err == nil {
		var offer *handover.Offer
		var files []int
		if offer, files, err = d.offer(bonds); err == nil {
			err = handover.Store(offer, files)
			handover.CloseFiles(files[len(files)-offer.Socket.Count:])
		}
	}
	if err != nil {
		return errors.Join(err, d.resume(bonds))
	}
	d.handed = true
	d.log.Info("bonds left to the service manager", "bonds", len(bonds))
	if err := errors.Join(d.leaveGroup(), d.part(bonds), d.closeWeb()); err != nil {
		d.log.Error("bonds left to the service manager, but not all is closed here", "error", err)
	}
	return nil
}

// pause stops all running bonds. The kernel goes on with the frames of some.
func (d *daemon) pause(ctx context.Context) []pausedBond {
	running := slices.DeleteFunc(d.list(), func(m managed) bool { return m.live == nil })
	links := d.links()
	bonds := make([]pausedBond, len(running))
	done := make(chan struct{})
	for i, m := range running {
		b := &bonds[i]
		b.managed, b.ports = m, make(map[string]string)
		st := m.live.Status()
		for _, port := range m.cfg.Ports {
			if name, ok := nameIn(&st, port, links); ok {
				b.ports[port] = name
			}
		}
		go func() {
			defer func() { done <- struct{}{} }()
			if m.lag.NeedsPermission() {
				return // its permission can't be handed over; another box carries the LAG, if one can
			}
			b.err = errors.ErrUnsupported
			if live, ok := m.live.(pausable); ok {
				b.handed, b.err = live.Pause(ctx)
			}
			if m.plane.InKernel() && errors.Is(b.err, errors.ErrUnsupported) {
				b.err = nil // without pins its frames stop, as in a restart
			}
		}()
	}
	for range running {
		<-done
	}
	return bonds
}

func errorsOf(bonds []pausedBond) (errs []error) {
	for i := range bonds {
		errs = append(errs, bonds[i].err)
	}
	return errs
}

// resume lets the bonds go on here.
func (d *daemon) resume(bonds []pausedBond) error {
	var errs []error
	for i := range bonds {
		if b := &bonds[i]; b.handed != nil {
			errs = append(errs, b.live.(pausable).Resume())
		}
	}
	for i := range bonds {
		if b := &bonds[i]; b.handed != nil {
			errs = append(errs, b.handed.Close())
		}
	}
	return errors.Join(errs...)
}

// part leaves the bonds to the successor, which goes on with them already.
func (d *daemon) part(bonds []pausedBond) error {
	var errs []error
	for i := range bonds {
		if b := &bonds[i]; b.handed != nil {
			errs = append(errs, b.live.(pausable).Release(), b.handed.Close())
		} else {
			errs = append(errs, d.suspendBond(b.managed))
		}
	}
	return errors.Join(errs...)
}
