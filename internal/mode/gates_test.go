package mode

import (
	"errors"
	"strconv"
	"testing"

	"github.com/lagkit/lagkit/lacp"
)

func TestGatesHaveLimitsAndOpenOnesTakeNoPlace(t *testing.T) {
	g := make(Gates)
	set := func(member, gate string, level lacp.Gate, want string) {
		t.Helper()
		got := ""
		var refused *lacp.FieldError
		if errors.As(g.Set(member, gate, level, 2), &refused) {
			got = refused.Field
		}
		if got != want {
			t.Errorf("Set(%s, %s, %v) refuses %q, want %q", member, gate, level, got, want)
		}
	}
	for i := range MaxGates {
		set("a", strconv.Itoa(i), lacp.GateDistributing, "")
	}
	set("a", "one more", lacp.GateDistributing, "gate")
	set("a", "0", lacp.GateSynchronization, "") // known already
	set("b", "x", lacp.GateDistributing, "")
	set("c", "x", lacp.GateDistributing, "member")
	set("b", "x", lacp.GateOpen, "")
	set("b", "unknown", lacp.GateOpen, "")
	set("c", "x", lacp.GateDistributing, "")
	if len(g) != 2 || len(g["a"]) != MaxGates || g["a"]["0"] != lacp.GateSynchronization {
		t.Errorf("gates: %v, want %d of a and one of c, and a's 0 at synchronization", g, MaxGates)
	}
}
