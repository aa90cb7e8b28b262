package chassis_test

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/lacp"
)

// A chassis with an obstacle stands by, and the others learn that it can't take over. The one that carries
// the LAG goes on.
func TestObstacle(t *testing.T) {
	differs := chassis.Obstacle{Code: lacp.ReasonChassisDiffers, Have: "mtu 1500", Want: "mtu 9000"}
	v := &chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t)}
	n := machine(t, v, nil)
	n.do(time.Second, func(at time.Duration) { n.SetObstacle(at, differs) })
	if n.permit.Code != differs.Code || n.permit.Have != differs.Have || n.permit.Want != differs.Want {
		t.Errorf("permission %+v, want the obstacle %+v", n.permit, differs)
	}
	n.do(time.Second, func(at time.Duration) { n.Gone(at, "A", 0) })
	n.pass(time.Second, 2*time.Second, v)
	if last := n.sent[len(n.sent)-1]; len(n.ops) != 0 || last.Score != 0 {
		t.Errorf("transactions %+v, score %d in heartbeats; want none, 0", n.ops, last.Score)
	}
	if st := n.Status(2 * time.Second); st.Score != 2 || st.Obstacle != differs {
		t.Errorf("status: score %d, obstacle %+v; want 2, %+v", st.Score, st.Obstacle, differs)
	}
	n.do(2*time.Second, func(at time.Duration) { n.SetObstacle(at, chassis.Obstacle{}) })
	if !n.has(chassis.OpIntent) {
		t.Errorf("without an obstacle: transactions %+v, want an intent", n.ops)
	}

	b, v := activeB(t, nil)
	b.do(time.Second, func(at time.Duration) { b.SetObstacle(at, differs) })
	b.pass(time.Second, 3*time.Second, v)
	if last := b.sent[len(b.sent)-1]; !b.passes(3*time.Second) || last.Score != 2 {
		t.Errorf("active, with an obstacle: permission %+v, score %d in heartbeats; want one, 2", b.permit, last.Score)
	}
	v.Revision++
	v.Active, v.Epoch = "", v.Revision
	b.do(3*time.Second, func(at time.Duration) { b.Poke(at) })
	if b.serve(3*time.Second, v, chassis.OpRead); b.has(chassis.OpClaim) || b.permit.Code != differs.Code {
		t.Errorf("released, with an obstacle: transactions %+v, permission %+v; want none, the obstacle", b.ops, b.permit)
	}
}
