package chassis_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/link/linktest"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// The engine renews its decision. The bond closes by itself when it no longer does, and at once when
// the engine says so.
func TestExternal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := linktest.NewCable("a0", "b0")
		defer c.B.Close()
		b, err := bond.New(bond.Config{Mode: bond.ModeLoadBalance, NeedsPermission: true}, c.A)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		e, err := chassis.NewExternal(b, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		sends := func(want bool, reason string) {
			t.Helper()
			if err := b.Send(make([]byte, 60)); (err == nil) != want {
				t.Errorf("Send: %v, want that it is possible: %v", err, want)
			}
			if got := b.Status().Members[0].Reason.String(); got != reason {
				t.Errorf("reason %s, want %s", got, reason)
			}
		}
		time.Sleep(time.Second)
		sends(false, "PermissionLost")
		for range 10 {
			if err := e.Renew(plane.Clock(), 5); err != nil {
				t.Fatal(err)
			}
			time.Sleep(900 * time.Millisecond)
			sends(true, "Distributing")
		}
		if got := b.Status().Permission.Epoch; got != 5 {
			t.Errorf("epoch %d, want 5", got)
		}
		time.Sleep(200 * time.Millisecond)
		sends(false, "PermissionLost (epoch 5)")
		if err := e.Renew(plane.Clock()-2*time.Second, 6); err != nil { // the process paused meanwhile
			t.Fatal(err)
		}
		sends(false, "PermissionLost (epoch 6)")
		if err := errors.Join(e.Renew(plane.Clock(), 7), e.Stop("head-b")); err != nil {
			t.Fatal(err)
		}
		sends(false, "StandbyChassis (head-b)")
		var refused *lacp.FieldError
		if _, err := chassis.NewExternal(b, time.Millisecond); !errors.As(err, &refused) || refused.Field != "hold" {
			t.Errorf("a hold time of 1 ms: %v, want a FieldError of hold", err)
		}
	})
}
