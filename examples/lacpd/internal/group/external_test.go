package group

import (
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// The box's own engine decides.
func TestExternal(t *testing.T) {
	x := external(t)
	defer func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}()
	var c bond.Config
	if err := x.Identify(&x.file.Bonds[0], &c); err != nil || c.PortBase != 2<<12 || c.SystemAddr.String() != "02:00:00:00:00:01" {
		t.Errorf("Identify: %+v, %v; want the system_mac of the file and the ports from 8193", c, err)
	}
	if l := x.lag(); l.Role != view.RoleNone || l.Active != "" {
		t.Errorf("at first: %+v, want no role", l)
	}
	if err := x.Permit("uplink", plane.Clock(), 10*time.Second, 7); err != nil {
		t.Fatal(err)
	}
	if l := x.lag(); l.Role != view.RoleActive || l.Active != "a" || l.Epoch != 7 || l.Left <= 5000 || l.Source != view.SourceExternal || l.WithoutStandby() || !x.carrier.carries() {
		t.Errorf("after permit: %+v, want it active in epoch 7", l)
	}
	refused(t, "an older epoch", x.Permit("uplink", plane.Clock(), time.Second, 6), "epoch")
	refused(t, "a hold that is too long", x.Permit("uplink", plane.Clock(), time.Hour, 7), "hold")
	refused(t, "an order that comes too late", x.Permit("uplink", plane.Clock()-2*time.Second, time.Second, 7), "hold")
	refused(t, "another LAG", x.Permit("downlink", plane.Clock(), time.Second, 7), "lag")
	refused(t, "a LAG that all boxes carry", x.Permit("all", plane.Clock(), time.Second, 7), "lag")
	refused(t, "ready", x.SetReady("uplink", true), "command")
	_, err := x.HandOver(t.Context(), "uplink", "")
	refused(t, "handover", err, "command")
	if err := x.Stop("uplink", "b"); err != nil {
		t.Fatal(err)
	}
	if l := x.lag(); l.Role != view.RoleStandby || l.Active != "b" || l.Reason.Code != lacp.ReasonStandbyChassis.String() || x.carrier.carries() {
		t.Errorf("after stop: %+v with reason %+v, want standby for b", l, l.Reason)
	}
	st := x.carrier.Status()
	if l := x.LAG("all", &st); l.Mode != view.ModeAll || len(l.Boxes) != 1 {
		t.Errorf("a LAG that all boxes carry: %+v", l)
	}
	if v := x.View(); !v.External || !v.Joined || v.Store != nil || v.Number != 2 {
		t.Errorf("group %+v, want external and number 2", v)
	}
	if _, err := Compare(t.Context(), x.file, nil); err == nil {
		t.Error("Compare without a store: no error")
	}
}

func TestNoGroup(t *testing.T) {
	var g *Group
	if g.View() != nil || g.LAG("x", nil) != nil || g.Close() != nil || g.Remove("x") != nil {
		t.Error("a box alone has something of a group")
	}
}
