package chassis

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane"
)

// role drives the Machine of one LAG.
type role struct {
	seat
	machine *Machine

	// Of the goroutine:
	ready  bool
	looked time.Duration   // when the status was last asked for
	left   []chan struct{} // closed when this chassis is no longer active
	stuck  bool            // the data path could not be closed
	store  StoreStatus
	noted  noted
}

func newRole(c *Chassis, lag string, b Carrier, m *Machine, o LAG) *role {
	return &role{seat: newSeat(c, lag, b, o), machine: m, ready: !o.NeedsReady, store: StoreStatus{Contact: plane.Clock()}, noted: noted{heard: make(map[ID]bool)}}
}

// start is the goroutine.
func (r *role) start() {
	r.run(r.step, func() {
		r.permit(Permit{Code: r.machine.told.Code})
		r.forget()
	})
}

// step does what is due.
func (r *role) step() time.Duration {
	now := plane.Clock()
	r.look(now)
	r.machine.Advance(now)
	r.act()
	r.note()
	return min(r.machine.Deadline(), r.looked+r.machine.cfg.Beat)
}

// look asks for the status of the bond from time to time, rather with a heartbeat that has come than
// alone.
func (r *role) look(now time.Duration) {
	if r.looked != 0 && now < r.looked+r.machine.cfg.Beat-r.machine.cfg.Beat/alignment {
		return
	}
	r.looked = now
	st := r.carrier.Status()
	score := 0
	if r.ready {
		score = r.options.Score(st)
	}
	r.report(&st, r.ready)
	r.machine.SetObstacle(now, r.judge())
	r.machine.SetScore(now, score)
}

func (r *role) setReady(ready bool) {
	r.ready = ready
	r.looked = 0
}

// handOver returns a channel that is closed when this chassis is no longer active.
func (r *role) handOver(to ID) (<-chan struct{}, error) {
	if err := r.machine.HandOver(plane.Clock(), to); err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	r.left = append(r.left, gone)
	return gone, nil
}

// act carries out the actions of the Machine, in order.
func (r *role) act() {
	for _, a := range r.machine.Actions() {
		switch a.Kind {
		case ActionPermit:
			r.permit(a.Permit)
		case ActionOp:
			if a.Op.Kind == OpRelease && r.stuck {
				continue // the LAG is not given away while frames may pass here
			}
			r.chassis.work.Go(func() { r.transact(a.Op, a.Request) })
		case ActionSend:
			r.chassis.send(r.lag, &a.Message)
		}
	}
	if r.machine.known && r.machine.view.Active != r.machine.cfg.Me {
		for _, gone := range r.left {
			close(gone)
		}
		r.left = nil
	}
}

// permit changes the permission of the data path.
func (r *role) permit(p Permit) {
	err := r.carrier.SetPermission(bond.Permission{Until: p.Until, Epoch: p.Epoch, Code: p.Code, Have: p.Have, Want: p.Want})
	r.stuck = err != nil && !errors.Is(err, net.ErrClosed)
	if r.stuck {
		r.chassis.stuck.Store(true)
		r.chassis.group.Logger.Error("permission not changed", "lag", r.lag, "error", err)
	}
}

// transact carries out a transaction and reports the answer.
func (r *role) transact(op Op, request uint64) {
	ctx, cancel := context.WithTimeout(r.ctx, 4*r.machine.cfg.Hold)
	defer cancel()
	sent := plane.Clock()
	v, _, err := r.chassis.store.Do(ctx, r.lag, op)
	r.tell(func() {
		r.contact(sent, err)
		r.machine.Result(plane.Clock(), request, v, err)
	})
}

// contact takes note of an answer of the store to a request, or of an error.
func (r *role) contact(sent time.Duration, err error) {
	r.store.Err = err
	if err == nil && sent >= r.store.Contact {
		r.store.Contact, r.store.Latency = sent, plane.Clock()-sent
	}
}

// poke passes on a hint of the store.
func (r *role) poke() { r.hint(func() { r.machine.Poke(plane.Clock()) }) }

// receive passes on a message.
func (r *role) receive(m Message) { r.hint(func() { r.machine.Receive(plane.Clock(), m) }) }

// gone passes on the end of a process.
func (r *role) gone(id ID, boot uint64) {
	r.tell(func() { r.machine.Gone(plane.Clock(), id, boot) })
}

// status returns the status of the LAG.
func (r *role) status() Status {
	now := plane.Clock()
	st := Status{MachineStatus: r.machine.Status(now), Ready: r.ready, Store: r.store}
	st.Store.Contact = now - r.store.Contact
	r.describe(&st)
	return st
}
