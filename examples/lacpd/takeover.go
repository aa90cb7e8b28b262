package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/handover"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

// takeoverTime is how long a successor waits for the lacpd that runs to answer, and then for it to
// end.
const takeoverTime = 10 * time.Second

// inheritance is what a successor has received.
type inheritance struct {
	conn   *net.UnixConn
	offer  *handover.Offer
	files  []int
	socket *control.Socket
	bonds  []managed
}

// takeOver takes the bonds of the lacpd that answers at the socket. It returns nil if none does.
// After an error the bonds are still that one's.
func (d *daemon) takeOver(ctx context.Context) (_ *control.Socket, err error) {
	if !control.Answers(d.args.socket) {
		d.log.Info("no lacpd to take over from", "socket", d.args.socket)
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, takeoverTime)
	defer cancel()
	in := new(inheritance)
	defer func() { handover.CloseFiles(in.files) }()
	if in.conn, err = d.ask(ctx); err != nil {
		return nil, fmt.Errorf("take over: %w", err)
	}
	defer in.conn.Close()
	if err = in.receive(); err == nil {
		err = d.openHanded(in)
	}
	if err == nil {
		err = in.decide()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("take over: %w", err), in.giveUp())
	}
	d.inherit(in)
	d.awaitEnd(in.conn)
	return in.socket, nil
}

// inherit goes on with the bonds.
func (d *daemon) inherit(in *inheritance) {
	for _, m := range in.bonds {
		if err := m.live.(pausable).Resume(); err != nil {
			d.log.Error("bond taken over, but not all of it", "bond", m.cfg.Name, "error", err)
		}
	}
	d.set(in.bonds)
	d.log.Info("bonds taken over", "bonds", len(in.bonds))
}

// takeStored takes the bonds that the service manager has kept of the process before. It returns nil
// without any, or if they can't be taken: the bonds then begin as after a kill.
func (d *daemon) takeStored() *control.Socket {
	stock, err := handover.Stored()
	if stock == nil {
		return nil
	}
	in := &inheritance{offer: stock.Offer, files: stock.Files}
	if err == nil {
		err = d.openHanded(in)
	}
	if err == nil {
		d.inherit(in)
	} else {
		err = errors.Join(err, in.giveUp())
		in.socket = nil
	}
	if err = errors.Join(err, stock.Close()); err != nil { // the claims among them would last
		d.log.Error("bonds of the process before not taken over as they were", "error", err)
	}
	return in.socket
}

// receive receives the bonds.
func (in *inheritance) receive() (err error) {
	if err := in.conn.SetDeadline(time.Now().Add(takeoverTime)); err != nil {
		return err
	}
	if in.offer, in.files, err = handover.Receive(in.conn); err != nil {
		return err
	}
	return in.conn.SetDeadline(time.Time{})
}

// ask asks the running lacpd for its bonds, and returns its connection.
func (d *daemon) ask(ctx context.Context) (*net.UnixConn, error) {
	meeting, err := handover.NewMeeting()
	if err != nil {
		return nil, err
	}
	defer meeting.Close()
	accepting, cancel := context.WithCancel(ctx)
	defer cancel()
	refused := make(chan error, 1)
	go func() {
		s := successor{Version: handover.Version, Layout: bond.HandedVersion, Address: meeting.Address()}
		err := control.Ask(ctx, d.args.socket, "handover", &s, nil)
		if refused <- err; err != nil {
			cancel()
		}
	}()
	conn, err := meeting.Accept(accepting)
	if err == nil {
		return conn, nil
	}
	select {
	case why := <-refused:
		return nil, errors.Join(why, ctx.Err())
	default:
		return nil, err
	}
}

// openHanded opens the bonds that were received. They are paused.
func (d *daemon) openHanded(in *inheritance) error {
	before := config.Parse(d.args.config, in.offer.Config)
	for i := range in.offer.Bonds {
		o := &in.offer.Bonds[i]
		if len(o.State) == 0 {
			continue // it is opened later, as after a warm restart
		}
		j := slices.IndexFunc(before.Bonds, func(c config.Bond) bool { return c.Name == o.Name })
		if j < 0 {
			return fmt.Errorf("bond %s is not in the file that it came with", o.Name)
		}
		files, err := o.Files.Of(in.files)
		if err != nil {
			return err
		}
		m := managed{cfg: before.Bonds[j], plane: view.DataPlane{Name: o.Plane, Why: o.Why}, stale: true}
		cfg := openConfig(&m.cfg, d.args, d.log)
		cfg.Handed = &bond.Handed{State: o.State, Files: files}
		applyAs(&m.cfg, &cfg.Config, func(port string) (string, bool) { name, ok := o.Ports[port]; return name, ok })
		if err := d.usePlane(m.plane, &cfg); err != nil {
			return err
		}
		live, err := d.host.open(cfg)
		if err != nil {
			return err
		}
		m.live = live
		in.bonds = append(in.bonds, m)
		if _, ok := live.(pausable); !ok {
			return errors.ErrUnsupported
		}
	}
	fd, err := in.offer.Socket.Of(in.files)
	if err != nil || len(fd) != 1 {
		return errors.Join(errors.New("no socket came with the bonds"), err)
	}
	in.socket, err = adopt(&d.args, fd[0])
	return err
}

// decide reports that all is ready, and waits for the word that makes the bonds this process's. The
// lacpd before always sends one, unless it is dead.
func (in *inheritance) decide() error {
	if err := handover.WriteWord(in.conn, handover.Ready); err != nil {
		return err
	}
	switch word, err := handover.ReadWord(in.conn); {
	case errors.Is(err, io.EOF), err == nil && word == handover.Go:
		return nil
	case err != nil:
		return err
	default:
		return fmt.Errorf("the lacpd that runs goes on: %s", word)
	}
}

// giveUp leaves the bonds to the lacpd that they came from.
func (in *inheritance) giveUp() error {
	var errs []error
	for _, m := range in.bonds {
		if live, ok := m.live.(pausable); ok {
			errs = append(errs, live.Release())
		}
	}
	if in.socket != nil {
		errs = append(errs, in.socket.Leave())
	}
	return errors.Join(errs...)
}

// awaitEnd waits until the lacpd before has left the bonds that the kernel goes on with.
func (d *daemon) awaitEnd(conn *net.UnixConn) {
	err := conn.SetReadDeadline(time.Now().Add(takeoverTime))
	if err == nil {
		_, err = handover.ReadWord(conn)
	}
	if !errors.Is(err, io.EOF) {
		d.log.Warn("the lacpd before has not ended", "error", err)
	}
}
