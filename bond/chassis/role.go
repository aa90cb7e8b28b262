package chassis

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane"
)

// role drives the Machine of one LAG. One goroutine owns it.
type role struct {
	chassis *Chassis
	lag     string
	carrier Carrier
	machine *Machine
	inputs  chan func()
	ctx     context.Context // done when the role ends
	cancel  context.CancelFunc
	ended   chan struct{} // closed when run has ended

	// Of the goroutine:
	options LAG
	ready   bool
	looked  time.Duration   // when the score was last asked for
	active  ID              // by the last view that was logged
	left    []chan struct{} // closed when this chassis is no longer active
	stuck   bool            // the data path could not be closed
}

func newRole(c *Chassis, lag string, b Carrier, m *Machine, o LAG) *role {
	if o.Score == nil {
		o.Score = Score
	}
	r := &role{chassis: c, lag: lag, carrier: b, machine: m, options: o, inputs: make(chan func(), 64), ready: !o.NeedsReady, ended: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancel(c.ctx)
	return r
}

// tell gives the goroutine an input.
func (r *role) tell(input func()) {
	select {
	case r.inputs <- input:
	case <-r.ctx.Done():
	}
}

// hint gives the goroutine an input that may be lost.
func (r *role) hint(input func()) {
	select {
	case r.inputs <- input:
	default:
	}
}

// do gives the goroutine an input and waits until it was processed. The error is [net.ErrClosed].
func (r *role) do(input func()) error {
	done := make(chan struct{})
	r.tell(func() {
		input()
		close(done)
	})
	select {
	case <-done:
		return nil
	case <-r.ctx.Done():
		return net.ErrClosed
	}
}

// run is the goroutine.
func (r *role) run() {
	defer close(r.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		r.look()
		r.act()
		timer.Reset(max(min(r.machine.Deadline(), r.looked+r.machine.cfg.Beat)-plane.Clock(), 0))
		select {
		case input := <-r.inputs:
			input()
		case <-timer.C:
			r.machine.Advance(plane.Clock())
		case <-r.ctx.Done():
			r.permit(Permit{Code: r.machine.told.Code})
			return
		}
	}
}

// look asks for the score from time to time.
func (r *role) look() {
	now := plane.Clock()
	if r.looked != 0 && now < r.looked+r.machine.cfg.Beat {
		return
	}
	r.looked = now
	score := 0
	if r.ready {
		score = r.options.Score(r.carrier.Status())
	}
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
	r.note()
}

// permit changes the permission of the data path.
func (r *role) permit(p Permit) {
	err := r.carrier.SetPermission(bond.Permission{Until: p.Until, Epoch: p.Epoch, Code: p.Code, Have: p.Have, Want: p.Want})
	r.stuck = err != nil && !errors.Is(err, net.ErrClosed)
	if r.stuck {
		r.chassis.group.Logger.Error("permission not changed", "lag", r.lag, "error", err)
	}
}

// transact carries out a transaction and reports the answer.
func (r *role) transact(op Op, request uint64) {
	ctx, cancel := context.WithTimeout(r.ctx, 4*r.machine.cfg.Hold)
	defer cancel()
	v, _, err := r.chassis.store.Do(ctx, r.lag, op)
	r.tell(func() { r.machine.Result(plane.Clock(), request, v, err) })
}

// note logs that another chassis is active.
func (r *role) note() {
	m := r.machine
	if m.known && m.view.Active != m.cfg.Me {
		for _, gone := range r.left {
			close(gone)
		}
		r.left = nil
	}
	if m.known && m.view.Active != r.active {
		r.active = m.view.Active
		r.chassis.group.Logger.Info("active chassis changed", "lag", r.lag, "active", string(r.active), "epoch", m.view.Epoch)
	}
}
