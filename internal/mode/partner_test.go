package mode

import (
	"testing"

	"github.com/lagkit/lagkit/lacp"
)

func TestReasonsWithoutAPartner(t *testing.T) {
	for r, want := range map[lacp.ReasonCode][2]bool{
		lacp.ReasonNeverHeard:       {true, true},
		lacp.ReasonDefaulted:        {true, true},
		lacp.ReasonPassiveBothEnds:  {true, true},
		lacp.ReasonLinkDown:         {false, true},
		lacp.ReasonInterfaceDown:    {false, true},
		lacp.ReasonDistributing:     {false, false},
		lacp.ReasonPermissionLost:   {false, false},
		lacp.ReasonInterfaceChanged: {false, false},
	} {
		if got := [2]bool{Unanswered(r), Partnerless(r)}; got != want {
			t.Errorf("%v: unanswered and partnerless are %v, want %v", r, got, want)
		}
	}
}
