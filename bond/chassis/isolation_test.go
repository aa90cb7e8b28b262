package chassis_test

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// An isolated chassis ends its permission, or holds the LAG until it hears another one or the store.
func TestIsolation(t *testing.T) {
	for _, on := range []chassis.Isolation{chassis.IsolationWithdraw, chassis.IsolationHold} {
		n, v := activeB(t, func(c *chassis.Config) { c.OnIsolation = on })
		now := 2 * time.Second
		n.pass(time.Second, now, v)
		for ; now < 5*time.Second; now += 20 * time.Millisecond { // the store does not answer
			n.do(now, func(at time.Duration) { n.Advance(at) })
		}
		if held := n.passes(now); held != (on == chassis.IsolationHold) || n.Status(now).Enduring != held {
			t.Errorf("%v: isolated for 3 s, frames pass %v, status %+v", on, held, n.Status(now))
		}
		if on == chassis.IsolationWithdraw {
			continue
		}
		v.Revision++
		v.Active, v.Epoch = "A", v.Revision
		n.serve(now, v, chassis.OpRead)
		if n.passes(now) || n.permit.Code != lacp.ReasonStandbyChassis {
			t.Errorf("the store names A: permission %+v, want none", n.permit)
		}
	}
}

// IsolationHold renews no permission that has ended, nor one after another chassis is heard.
func TestIsolationHasLimits(t *testing.T) {
	start := func() (*node, *chassis.View, time.Duration) {
		n, v := activeB(t, func(c *chassis.Config) { c.OnIsolation = chassis.IsolationHold })
		n.pass(time.Second, 2*time.Second, v)
		return n, v, 2 * time.Second
	}
	n, _, now := start()
	now += 2 * hold // a pause
	if n.do(now, func(at time.Duration) { n.Advance(at) }); n.passes(now) {
		t.Error("after a pause longer than the hold time frames pass")
	}
	n, _, now = start()
	for end := now + 2*hold; now < end; now += 20 * time.Millisecond {
		n.hears(now, "A", 2, nil) // but it grants nothing
		n.do(now, func(at time.Duration) { n.Advance(at) })
	}
	if n.passes(now) {
		t.Error("another chassis is heard and does not grant: frames pass")
	}
	n, v, now := start()
	v.Revision++
	v.Intent, v.IntentRev = "A", v.Revision
	n.do(now, func(at time.Duration) { n.Poke(at) })
	n.serve(now, v, chassis.OpRead)
	for end := now + 2*hold; now < end; now += 20 * time.Millisecond {
		n.do(now, func(at time.Duration) { n.Advance(at) })
	}
	if n.passes(now) {
		t.Error("another chassis was about to take over: frames pass")
	}
}
