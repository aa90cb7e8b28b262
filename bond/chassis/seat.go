package chassis

import (
	"context"
	"net"
	"time"

	"github.com/lagkit/lagkit/bond/plane"
)

// seat is this chassis's place in a LAG. One goroutine owns it; the others give it inputs.
type seat struct {
	agreement
	carrier Carrier
	options LAG
	inputs  chan func()
	ctx     context.Context // done when the part ends
	cancel  context.CancelFunc
	ended   chan struct{} // closed when run has ended
}

func newSeat(c *Chassis, lag string, b Carrier, o LAG) seat {
	if o.Score == nil {
		o.Score = Score
	}
	s := seat{
		agreement: newAgreement(c, lag, b, o.AllActive), carrier: b, options: o,
		inputs: make(chan func(), 64), ended: make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancel(c.ctx)
	return s
}

// name returns the name of the LAG.
func (s *seat) name() string { return s.lag }

// tell gives the goroutine an input.
func (s *seat) tell(input func()) {
	select {
	case s.inputs <- input:
	case <-s.ctx.Done():
	}
}

// hint gives the goroutine an input that may be lost.
func (s *seat) hint(input func()) {
	select {
	case s.inputs <- input:
	default:
	}
}

// do gives the goroutine an input and waits until it was processed. The error is [net.ErrClosed].
func (s *seat) do(input func()) error {
	done := make(chan struct{})
	s.tell(func() {
		input()
		close(done)
	})
	select {
	case <-done:
		return nil
	case <-s.ctx.Done():
		return net.ErrClosed
	}
}

// run is the goroutine. step does what is due and returns when it has to run again; end is the last
// thing to do.
func (s *seat) run(step func() time.Duration, end func()) {
	defer close(s.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(max(step()-plane.Clock(), 0))
		select {
		case input := <-s.inputs:
			input()
		case <-timer.C:
		case <-s.ctx.Done():
			end()
			return
		}
	}
}

// stop ends the goroutine, and waits for that.
func (s *seat) stop() {
	s.cancel()
	<-s.ended
}
