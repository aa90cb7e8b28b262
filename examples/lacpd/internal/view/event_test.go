package view

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/bond"
)

// TestEventSaysUpOnlyWhereItMeansSomething: a program that reads "up":false in an event about
// settings would take the bond for down.
func TestEventSaysUpOnlyWhereItMeansSomething(t *testing.T) {
	for _, tt := range []struct {
		kind bond.EventKind
		up   bool
		want string
	}{
		{bond.EventBond, true, `"up":true`},
		{bond.EventBond, false, `"up":false`},
		{bond.EventMember, false, `"up":false`},
		{bond.EventLink, true, `"up":true`},
		{bond.EventFault, true, `"up":true`},
		{bond.EventDevice, false, `"up":false`},
		{bond.EventLoop, false, `"up":false`},
		{bond.EventPlane, true, `"up":true`},
		{bond.EventSettings, false, ""},
		{bond.EventAdded, false, ""},
		{bond.EventRemoved, false, ""},
		{bond.EventDrained, false, ""},
		{bond.EventMissing, false, ""},
		{bond.EventBalanced, false, ""},
	} {
		v := OfEvent("bond0", &bond.Event{Kind: tt.kind, Up: tt.up})
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if i := strings.Index(string(text), `"up":`); i >= 0 {
			got, _, _ = strings.Cut(string(text)[i:], ",")
			got = strings.TrimSuffix(got, "}")
		}
		if got != tt.want {
			t.Errorf("%v event with Up %v: %s has %q, want %q", tt.kind, tt.up, text, got, tt.want)
		}
	}
}
