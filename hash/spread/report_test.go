package spread_test

import (
	"math"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/hash/spread"
	"github.com/lagkit/lagkit/internal/bench/traffic"
)

// reportFrames returns 1,200 flows of one pair of hosts, with one frame of 78 octets each.
func reportFrames() [][]byte {
	return traffic.FlowSets()[0].Frames[:1200]
}

func TestReport(t *testing.T) {
	frames := reportFrames()
	members := []spread.Member{{ID: 1, Weight: 10, Up: true}, {ID: 2, Weight: 30, Up: true}, {ID: 3, Weight: 20}}
	for _, sel := range []spread.Selection{spread.Resilient, spread.Modulo} {
		d := distributor(t, spread.DistributorConfig{Select: sel}, members)
		r := d.Report(frames)
		want := map[uint16]uint64{}
		for _, f := range frames {
			m, _ := d.Snapshot().PickFrame(f)
			want[uint16(m)]++
		}
		if r.Total != (spread.Load{Frames: 1200, Octets: 1200 * 78}) || r.Hashes != 1200 || len(r.Members) != 2 {
			t.Fatalf("%v: total %+v, %d hashes, members %+v", sel, r.Total, r.Hashes, r.Members)
		}
		peak := 0.0
		for i, m := range r.Members {
			if m.Frames != want[m.ID] || m.Octets != 78*want[m.ID] || m.Due != []float64{0.25, 0.75}[i] ||
				math.Abs(m.Share-float64(want[m.ID])/1200) > 1e-9 {
				t.Errorf("%v: %+v, want %d frames", sel, m, want[m.ID])
			}
			peak = max(peak, m.Share/m.Due)
		}
		if math.Abs(r.MaxMean-peak) > 1e-9 {
			t.Errorf("%v: max/mean %.3f, want %.3f", sel, r.MaxMean, peak)
		}
		if len(r.Losses) != 2 {
			t.Fatalf("%v: losses %+v", sel, r.Losses)
		}
		for i, l := range r.Losses {
			if l.Own.Frames != want[l.Member] || l.Others.Frames != 0 || l.Member != r.Members[i].ID || l.After != 1 {
				t.Errorf("%v: %+v, want %d frames of its own, none of others, 1 after", sel, l, want[l.Member])
			}
		}
	}
}

// TestReportOfALoss checks that with modulo, flows of members that stay move too.
func TestReportOfALoss(t *testing.T) {
	frames := reportFrames()
	resilient := distributor(t, spread.DistributorConfig{}, equalMembers(4)).Report(frames)
	modulo := distributor(t, spread.DistributorConfig{Select: spread.Modulo}, equalMembers(4)).Report(frames)
	for i := range 4 {
		if l := resilient.Losses[i]; l.Others.Frames != 0 || l.Own != resilient.Members[i].Load {
			t.Errorf("resilient: %+v, want only %+v", l, resilient.Members[i].Load)
		}
		// On average three quarters of the others move, apart from the one third
		// whose index is the same in both.
		if l := modulo.Losses[i]; l.Others.Frames < 400 || l.Own != modulo.Members[i].Load {
			t.Errorf("modulo: %+v, want its own %+v and at least 400 frames of others", l, modulo.Members[i].Load)
		}
	}
	if !slices.IsSortedFunc(resilient.Buckets, func(a, b spread.BucketLoad) int { return int(b.Octets) - int(a.Octets) }) ||
		len(resilient.Buckets) != 10 || resilient.Buckets[0].Frames < 3 {
		t.Errorf("buckets %+v, want 10 with the heaviest first", resilient.Buckets)
	}
	if len(modulo.Buckets) != 0 {
		t.Errorf("modulo: buckets %+v, want none", modulo.Buckets)
	}
}

func TestReportOfNothing(t *testing.T) {
	for _, members := range [][]spread.Member{nil, equalMembers(2)} {
		r := distributor(t, spread.DistributorConfig{}, members).Report(nil)
		if r.MaxMean != 0 || len(r.Members) != len(members) || len(r.Buckets) != 0 {
			t.Errorf("%d members: %+v, want no load and no buckets", len(members), r)
		}
	}
	r := distributor(t, spread.DistributorConfig{}, nil).Report(reportFrames())
	if r.Total.Frames != 1200 || r.MaxMean != 0 {
		t.Errorf("no members: %+v, want 1,200 frames and max/mean 0", r)
	}
}

func TestWithoutChangesNothing(t *testing.T) {
	d := distributor(t, spread.DistributorConfig{}, equalMembers(4))
	before := bucketsOf(d.Snapshot())
	after := d.Without(2)
	if slices.Contains(bucketsOf(after), 2) || !slices.Equal(after.Members(), []uint16{0, 1, 3}) {
		t.Error("Without(2) still has member 2, want members 0, 1 and 3")
	}
	if !slices.Equal(bucketsOf(d.Snapshot()), before) || d.Away() != 0 {
		t.Error("Without changed the table, want no change")
	}
	// A real loss gives the same table.
	set(t, d, withDown(equalMembers(4), 2))
	if !slices.Equal(bucketsOf(d.Snapshot()), bucketsOf(after)) {
		t.Error("a loss gives another table than Without")
	}
}
