package chassis_test

import (
	"testing"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

// A link counts once it would carry data as soon as there is a permission.
func TestScore(t *testing.T) {
	member := func(up bool, p lacp.PortStatus) bond.MemberStatus {
		return bond.MemberStatus{Link: link.State{Link: lacp.Link{Up: up}}, LACP: p}
	}
	hears := lacp.PortStatus{Receive: lacp.ReceiveCurrent, ReadyN: true}
	waits := lacp.PortStatus{Receive: lacp.ReceiveCurrent}
	silent := lacp.PortStatus{Receive: lacp.ReceiveExpired, ReadyN: true}
	members := []bond.MemberStatus{member(true, hears), member(true, hears), member(false, hears), member(true, waits), member(true, silent)}
	if got := chassis.Score(bond.Status{Mode: bond.ModeLACP, Members: members}); got != 2 {
		t.Errorf("with LACP: score %d, want 2: those that are up, hear a partner and have waited", got)
	}
	if got := chassis.Score(bond.Status{Mode: bond.ModeFailover, Members: members}); got != 4 {
		t.Errorf("without LACP: score %d, want 4: those that are up", got)
	}
}
