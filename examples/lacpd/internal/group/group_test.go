//go:build !noetcd

package group

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/lacp"
)

// Two boxes join: one carries the LAG, the other one stands by. A handover, an end and a removal move it.
func TestBoxesTakeTurns(t *testing.T) {
	b := newBed(t)
	x := b.start("a", "")
	await(t, "a carries the LAG", x.carrier.carries)
	y := b.start("b", "")
	await(t, "b stands by and hears a", func() bool { return y.lag().Role == view.RoleStandby })
	await(t, "a knows that b is able", func() bool { return !x.lag().WithoutStandby() })
	await(t, "a has the report of b", func() bool { return len(x.lag().Boxes) == 2 && x.lag().Boxes[1].Links == 2 })

	l := x.lag()
	if l.Role != view.RoleActive || l.Active != "a" || l.Epoch == 0 || l.Left <= 0 || l.Left > 1000 || l.Source != view.SourceStore || !l.Ready || l.Reason != nil || l.Since == nil || l.Counters.Vacant != 1 {
		t.Errorf("a: %+v, want it active for up to 1 s by the store, once because no box was", l)
	}
	got := fmt.Sprintf("%+v", l.Boxes[0])
	want := "{Name:a Number:1 Self:true Able:true Score:2 Links:2 Ports:[4097 4098] Partner:8000,00:1c:73:00:00:01 key 12 Heard:<nil> Gone:false}"
	if got != want {
		t.Errorf("box a is %s\nwant %s", got, want)
	}
	if o := l.Boxes[1]; o.Name != "b" || o.Number != 2 || o.Self || !o.Able || o.Score != 2 || !slices.Equal(o.Ports, []int{8193, 8194}) || o.Heard == nil {
		t.Errorf("box b is %+v, want it able with ports 8193 and 8194", o)
	}
	if l := y.lag(); l.Active != "a" || l.Reason == nil || l.Reason.Code != lacp.ReasonStandbyChassis.String() || l.Reason.Have != "a" || l.Left != 0 || l.TakeoverMS < 1000 {
		t.Errorf("b: %+v with reason %+v, want StandbyChassis (a)", l, l.Reason)
	}
	v := x.View()
	if !v.Joined || v.Error != "" || v.Number != 1 || v.System == (lacp.MAC{}) || v.System != y.View().System || v.Hold != 1000 || v.Store == nil || v.Store.Contact == nil || !v.Store.Answers {
		t.Errorf("group %+v with store %+v, want it joined, as number 1, with an answer of the store", v, v.Store)
	}

	if active, err := x.HandOver(t.Context(), "uplink", "b"); err != nil || active != "b" || x.carrier.carries() {
		t.Errorf("HandOver: %q, %v, a carries data: %v; want b, and that it does not", active, err, x.carrier.carries())
	}
	await(t, "b carries the LAG", y.carrier.carries)
	await(t, "b knows that a is able", func() bool { return !y.lag().WithoutStandby() })
	if err := y.Close(); err != nil {
		t.Errorf("b leaves: %v", err)
	}
	await(t, "a carries the LAG again", x.carrier.carries)
	if n := x.lag().Counters.HandedOver; n != 1 {
		t.Errorf("a was given the LAG %d times, want once", n)
	}
	if err := x.Remove("uplink"); err != nil || x.carrier.carries() || x.LAG("uplink", new(bond.Status)) != nil {
		t.Errorf("Remove: %v, still carries data: %v; want neither, and no LAG", err, x.carrier.carries())
	}
	await(t, "watchers learn of b", func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		return slices.ContainsFunc(x.news, func(s string) bool { return strings.HasPrefix(s, "uplink: b is active, epoch ") })
	})
}

// A box with another setting stands by, and reports both values. Change mends it.
func TestBoxThatDiffers(t *testing.T) {
	b := newBed(t)
	x := b.start("a", ", mtu: 9000")
	await(t, "a carries the LAG", x.carrier.carries)
	y := b.start("b", "")
	await(t, "b differs", func() bool { l := y.lag(); return l.Role == view.RoleNone && len(l.Differences) == 1 })
	l := y.lag()
	if d := (view.Discrepancy{What: "mtu", Box: "a", Ours: "1500", Theirs: "9000"}); l.Differences[0] != d {
		t.Errorf("difference %+v, want %+v", l.Differences[0], d)
	}
	await(t, "the reason is the difference", func() bool {
		r := y.lag().Reason
		return r != nil && r.Code == lacp.ReasonChassisDiffers.String() && r.Have == "mtu 1500"
	})
	d := b.store
	found, err := Compare(t.Context(), y.file, opener(d))
	if err != nil || len(found) != 1 || found[0].In("f") != "f:4:38: warning: mtu: 1500: a has 9000" {
		t.Errorf("Compare: %v, %v; want mtu with both values", found, err)
	}
	same := parse(t, b.text("b", ", mtu: 9000"))
	if found, err := Compare(t.Context(), same, opener(d)); err != nil || len(found) != 0 {
		t.Errorf("Compare with the same: %v, %v; want nothing", found, err)
	}
	if err := y.Change(&same.Bonds[0]); err != nil {
		t.Fatal(err)
	}
	await(t, "b stands by", func() bool { return y.lag().Role == view.RoleStandby })
}

// A box does not carry its LAG before its services are ready.
func TestReady(t *testing.T) {
	b := newBed(t)
	x := b.start("a", ", lag_ready: EXTERNAL")
	await(t, "a waits", func() bool {
		r := x.lag().Reason
		return r != nil && r.Code == lacp.ReasonNotReady.String()
	})
	if err := x.SetReady("uplink", true); err != nil {
		t.Fatal(err)
	}
	await(t, "a carries the LAG", x.carrier.carries)
	refused(t, "another LAG", x.SetReady("downlink", true), "lag")
	refused(t, "permit", x.Permit("uplink", plane.Clock(), time.Second, 1), "command")
	y := b.start("b", "")
	refused(t, "ready without lag_ready", y.SetReady("uplink", true), "lag")
}

// A box whose store does not answer shows what it knows from before. It has no permission.
func TestBoxRemembersItsIdentity(t *testing.T) {
	b := newBed(t)
	x := b.start("a", "")
	await(t, "a carries the LAG", x.carrier.carries)
	before := x.View()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	down := errors.New("no quorum")
	b.store.Fail(down)
	x = b.start("a", "")
	if v := x.View(); v.System != before.System || v.Number != 1 {
		t.Errorf("without the store: system %v, number %d; want %v and 1", v.System, v.Number, before.System)
	}
	var c bond.Config
	if err := x.Identify(&x.file.Bonds[0], &c); err != nil || c.PortBase != 4096 || c.SystemPriority != 0x7000 || len(c.HardwareAddr) != 6 || c.HardwareAddr[0]&3 != 2 || c.SystemAddr.String() != before.System.String() {
		t.Errorf("Identify: %+v, %v; want the ports from 4097, priority 7000 and MAC addresses", c, err)
	}
	await(t, "the store is reported", func() bool { v := x.View(); return v.Store.Errors > 0 && v.Store.Error == down.Error() })
	if x.carrier.carries() || x.lag().Role != view.RoleNone {
		t.Errorf("without the store: %+v, want no permission", x.lag())
	}
	b.store.Fail(nil)
	await(t, "a carries the LAG once the store answers", x.carrier.carries)
}

// Two boxes with one number: the second one does not join.
func TestNumberIsTaken(t *testing.T) {
	b := newBed(t)
	b.start("a", "")
	f := parse(t, strings.Replace(b.text("b", ""), "name: b,", "name: b, number: 1,", 1))
	y := New(f.Chassis, Settings{Files: Files{Secret: []byte("a secret of the group")}, Dir: t.TempDir(), Log: quiet(), Open: opener(b.store)})
	defer func() {
		if err := y.Close(); err != nil {
			t.Error(err)
		}
	}()
	await(t, "b is refused", func() bool { return strings.Contains(y.View().Error, "number 1 for b belongs to a") })
	err := y.Identify(&f.Bonds[0], new(bond.Config))
	var taken *chassis.NumberError
	if !errors.As(err, &taken) || taken.Owner != "a" {
		t.Errorf("Identify: %v, want that a has the number", err)
	}
}
