package fuzz

import (
	"errors"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// FuzzGenerator turns octets into flushes, answers and time. Every flush ends exactly once,
// no two Markers have the same transaction, a port sends no more than five in a second, the
// Generator keeps no state of ended flushes, and the counters add up.
func FuzzGenerator(f *testing.F) {
	f.Add([]byte{0, 1, 2, 0, 3, 20, 1, 1, 0, 2, 4, 0, 3, 255})
	f.Add([]byte{0, 1, 5, 0, 0, 1, 6, 0, 2, 0, 7, 1, 3, 255})
	f.Add([]byte{0, 2, 128, 2, 1, 0, 129, 0, 1, 0, 3, 1, 0, 3, 8, 3, 8, 3, 10, 0})          // answers and a cancelled flush
	f.Add([]byte{0, 2, 9, 0, 0, 2, 9, 0, 9, 0, 137, 0, 128, 2, 10, 0})                      // a port that goes and comes
	f.Add([]byte{0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9, 11, 0, 12, 0}) // an invalid bucket and too many flushes
	f.Add([]byte{0, 1, 3, 1, 0, 1, 3, 1, 0, 1, 3, 1, 0, 1, 3, 1, 0, 1, 3, 1, 0, 1, 3, 1, 5, 0, 4, 0, 3, 120, 13, 9, 4, 0})
	f.Add([]byte{0, 2, 13, 120, 8, 99})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 4096 {
			return
		}
		g, err := marker.NewGenerator(marker.GeneratorConfig{System: macA, MaxFlushes: 8, FirstTransaction: 1<<32 - 3})
		if err != nil {
			t.Fatal(err)
		}
		r := &generatorRun{
			t: t, g: g, now: time.Unix(0, 0),
			open: make(map[marker.FlushID]bool), seen: make(map[uint32]bool), removed: make(map[lacp.PortNumber]bool),
		}
		for n := lacp.PortNumber(1); n <= 2; n++ {
			if err := g.AddPort(n, macA); err != nil {
				t.Fatal(err)
			}
		}
		for i := 0; i+1 < len(script); i += 2 {
			r.step(script[i]&15, lacp.PortNumber(1+script[i]>>7), script[i+1], script[i:])
			r.drain()
		}
		r.finish()
	})
}

// generatorRun is a Generator with its inputs and outputs so far.
type generatorRun struct {
	t       *testing.T
	g       *marker.Generator
	now     time.Time
	asked   uint64
	open    map[marker.FlushID]bool
	seen    map[uint32]bool // transactions
	removed map[lacp.PortNumber]bool
	sent    [3][]time.Time // by port
	answers [][]byte
}

func (r *generatorRun) step(op byte, n lacp.PortNumber, arg byte, rest []byte) {
	g := r.g
	switch op {
	case 0:
		r.flush(n, int(arg)-2)
	case 1, 2: // the newest or an old Marker gets an answer
		if i := len(r.answers) - 1; i >= 0 {
			if op == 2 {
				i = int(arg) % len(r.answers)
			}
			g.Receive(r.now, n, r.answers[i])
		}
	case 3, 13: // served in time, or late
		r.now = r.now.Add(time.Duration(arg) * 10 * time.Millisecond)
		if op == 3 {
			g.Advance(r.now)
		}
	case 4:
		if at := g.Deadline(); !at.IsZero() {
			r.now = at
			g.Advance(r.now)
		}
	case 5:
		g.TransmitFailed(r.now, n, uint32(arg)-3)
	case 6:
		r.known(n, g.PortDown(r.now, n))
	case 7:
		g.Receive(r.now, n, rest)
	case 8:
		id := marker.FlushID(arg)
		if under := r.open[id]; g.Cancel(r.now, id) != under {
			r.t.Fatalf("flush %d was cancelled, and was under way = %v", id, under)
		}
	case 9:
		r.removeOrAdd(n)
	case 10, 11, 12:
		r.configure()
	}
}

func (r *generatorRun) flush(n lacp.PortNumber, bucket int) {
	id, err := r.g.Flush(r.now, n, bucket)
	var field *lacp.FieldError
	switch {
	case err == nil && (bucket < marker.WholeMember || r.open[id]):
		r.t.Fatalf("bucket %d: got flush %d, which was already under way = %v", bucket, id, r.open[id])
	case err == nil:
		r.open[id] = true
		r.asked++
	case errors.Is(err, marker.ErrBusy) && len(r.open) < 8, errors.Is(err, marker.ErrUnknownPort) && !r.removed[n],
		errors.As(err, &field) && bucket >= marker.WholeMember:
		r.t.Fatalf("bucket %d of port %d with %d under way: got error %v", bucket, n, len(r.open), err)
	}
}

// known checks the error of an input for port n.
func (r *generatorRun) known(n lacp.PortNumber, err error) {
	r.t.Helper()
	if r.removed[n] != (errors.Is(err, marker.ErrUnknownPort)) || err != nil && !errors.Is(err, marker.ErrUnknownPort) {
		r.t.Fatalf("port %d, removed = %v: got error %v", n, r.removed[n], err)
	}
}

func (r *generatorRun) removeOrAdd(n lacp.PortNumber) {
	if !r.removed[n] {
		if err := r.g.AddPort(n, macA); !errors.Is(err, marker.ErrPortExists) {
			r.t.Fatalf("port %d added twice: got error %v", n, err)
		}
		r.known(n, r.g.RemovePort(r.now, n))
		r.removed[n] = true
		r.known(n, r.g.RemovePort(r.now, n))
		return
	}
	if err := r.g.AddPort(n, macA); err != nil {
		r.t.Fatal(err)
	}
	r.removed[n] = false
	r.sent[n] = nil
}

// configure checks a valid configuration, and invalid ports and configurations.
func (r *generatorRun) configure() {
	if _, err := marker.NewGenerator(marker.GeneratorConfig{System: macA, Destination: lacp.NearestCustomerBridge}); err != nil {
		r.t.Fatal(err)
	}
	errs := []error{r.g.AddPort(0, macA), r.g.AddPort(3, lacp.MAC{1})}
	for _, c := range []marker.GeneratorConfig{
		{},
		{System: macA, Timeout: -1},
		{System: macA, MaxFlushes: -1},
		{System: macA, Destination: macB},
	} {
		_, err := marker.NewGenerator(c)
		errs = append(errs, err)
	}
	for i, err := range errs {
		var field *lacp.FieldError
		if !errors.As(err, &field) || field.Field == "" {
			r.t.Fatalf("invalid input %d: got error %v, want a FieldError", i, err)
		}
	}
}

// drain takes the actions of the Generator.
func (r *generatorRun) drain() {
	for _, a := range r.g.Actions() {
		switch a.Kind {
		case marker.ActionDone:
			r.done(&a)
		case marker.ActionTransmit:
			r.transmitted(&a)
		}
	}
	if r.g.Flushes() != len(r.open) || len(r.open) > 8 {
		r.t.Fatalf("got %d flushes under way, want %d, at most 8", r.g.Flushes(), len(r.open))
	}
	c := r.g.Counters()
	if ended := c.Answered + c.TimedOut + c.PortLost + c.Cancelled; ended+uint64(len(r.open)) != r.asked {
		r.t.Fatalf("got counters %+v and %d under way, of %d requested", c, len(r.open), r.asked)
	}
	if at := r.g.Deadline(); at.IsZero() != (len(r.open) == 0) {
		r.t.Fatalf("got deadline %v with %d under way", at, len(r.open))
	}
}

func (r *generatorRun) done(a *marker.Action) {
	if !r.open[a.Flush.ID] || a.Result.String() == "invalid" {
		r.t.Fatalf("flush %d ended with %v, but was not under way", a.Flush.ID, a.Result)
	}
	delete(r.open, a.Flush.ID)
}

func (r *generatorRun) transmitted(a *marker.Action) {
	if r.seen[a.PDU.TransactionID] {
		r.t.Fatalf("got transaction %d twice", a.PDU.TransactionID)
	}
	r.seen[a.PDU.TransactionID] = true
	partner := marker.Responder{Source: macB}
	answer, ok := partner.Respond(r.now, a.AppendFrame(nil), nil)
	if !ok || partner.Counters() != (marker.Counters{MarkerResponsePDUsTx: 1}) {
		r.t.Fatalf("the partner did not answer %+v: %+v", a.PDU, partner.Counters())
	}
	r.answers = append(r.answers, answer)
	s := append(r.sent[a.Port], r.now)
	if len(s) > 5 && s[len(s)-1].Sub(s[len(s)-6]) < time.Second {
		r.t.Fatalf("got six Markers within %v", s[len(s)-1].Sub(s[len(s)-6]))
	}
	r.sent[a.Port] = s
}

// finish lets all flushes under way end.
func (r *generatorRun) finish() {
	r.g.Advance(r.now.Add(marker.DefaultTimeout))
	r.drain()
	if len(r.open) > 0 || !r.g.Deadline().IsZero() {
		r.t.Fatalf("%d flushes never end, deadline %v", len(r.open), r.g.Deadline())
	}
}
