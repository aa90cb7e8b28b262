package lacp

import (
	"testing"
	"time"
)

// The numbers and counters of management (7.3).
func TestManagementConformance(t *testing.T) {
	t.Run("MGT-09 the numbers of states", func(t *testing.T) {
		for want, got := range []ReceiveState{ReceiveCurrent, ReceiveExpired, ReceiveDefaulted, ReceiveInitialize, ReceiveLACPDisabled, ReceivePortDisabled} {
			if int(got) != want+1 {
				t.Errorf("%v is %d, want %d", got, got, want+1)
			}
		}
		for want, got := range []MuxState{MuxDetached, MuxWaiting, MuxAttached, MuxCollecting, MuxDistributing, MuxCollectingDistributing} {
			if int(got) != want+1 {
				t.Errorf("%v is %d, want %d", got, got, want+1)
			}
		}
		for want, got := range []ChurnState{ChurnNone, Churn, ChurnMonitor} {
			if int(got) != want+1 {
				t.Errorf("%v is %d, want %d", got, got, want+1)
			}
		}
	})
	t.Run("MGT-10 no aggregator", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		selected := func(want, wantAttached AggregatorID) {
			t.Helper()
			if st := d.port(1); st.SelectedAggregator != want || st.AttachedAggregator != wantAttached {
				t.Errorf("selected %d, attached %d; want %d, %d", st.SelectedAggregator, st.AttachedAggregator, want, wantAttached)
			}
		}
		selected(0, 0)
		d.up(1)
		d.hear(1)
		selected(1, 0)
		d.pass(2 * time.Second)
		selected(1, 1)
		d.hear(1, func(p *PDU) { p.Actor.System.MAC = MAC{} })
		selected(0, 0)
	})
	t.Run("MGT-11 changes, and times in sync", func(t *testing.T) {
		d := newDUT(t, Config{}, PortConfig{})
		d.establish(1)
		before := d.port(1).Counters
		d.hear(1, says(0x05))
		d.hear(1)
		d.hear(1, from(0x0c, 2))
		d.pass(2 * time.Second)
		got := d.port(1).Counters
		for what, test := range map[string][3]uint64{
			"ActorSyncTransitions":   {before.ActorSyncTransitions, got.ActorSyncTransitions, 1},
			"PartnerSyncTransitions": {before.PartnerSyncTransitions, got.PartnerSyncTransitions, 1},
			"ActorChanges":           {before.ActorChanges, got.ActorChanges, 1},
			"PartnerChanges":         {before.PartnerChanges, got.PartnerChanges, 1},
		} {
			if test[1]-test[0] != test[2] {
				t.Errorf("%s rose by %d, want %d", what, test[1]-test[0], test[2])
			}
		}
	})
}
