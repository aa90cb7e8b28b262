package spread

// A MemberLoad is what a member carries.
type MemberLoad struct {
	ID     uint16
	Weight uint32
	Load
	Share float64 // of all octets, 0 to 1
	Due   float64 // share by weight, 0 to 1
}

// A BucketLoad is what a bucket carries.
type BucketLoad struct {
	Bucket, Member uint16
	Load
	Hashes int // different ones
}

// A Loss is what would happen if a member were lost.
type Loss struct {
	Member uint16
	Own    Load    // of the member, which must move
	Others Load    // of other members, moved although these are up
	After  float64 // max/mean then; 0 when no member is left
}

// A Report says how a Distributor spreads frames.
type Report struct {
	Total   Load
	Hashes  int // different ones: flows, or a few less
	Members []MemberLoad
	// MaxMean is the load of the busiest member over the mean of all, both
	// relative to weight, in octets: 1 is even, the number of members is all on
	// one. 0 without frames.
	MaxMean float64
	// Buckets are the heaviest ones, the heaviest first.
	Buckets []BucketLoad
	// Losses are in the order of Members. They are left out for more than 64.
	Losses []Loss
}

const (
	reportBuckets = 10
	reportLosses  = 64
)

// Report returns how d, as it is now, spreads frames. It is control's call.
func (d *Distributor) Report(frames [][]byte) *Report {
	t := NewTally(d.hasher)
	for _, f := range frames {
		t.Add(f, len(f))
	}
	return d.ReportTally(t)
}

// ReportTally is Report for frames counted before.
func (d *Distributor) ReportTally(t *Tally) *Report {
	s := d.Snapshot()
	r := &Report{
		Total:   t.Total(),
		Hashes:  t.Hashes(),
		Members: t.Members(s),
		Buckets: t.Buckets(s, reportBuckets),
	}
	r.MaxMean = maxMean(r.Members)
	if len(r.Members) <= reportLosses {
		for _, m := range r.Members {
			r.Losses = append(r.Losses, d.loss(t, m.ID))
		}
	}
	return r
}

// loss works out what the loss of a member would do.
func (d *Distributor) loss(t *Tally, id uint16) Loss {
	after := d.Without(id)
	l := Loss{Member: id, After: maxMean(t.Members(after))}
	l.Own, l.Others = t.Moves(d.Snapshot(), after, id)
	return l
}

// Without returns what the Snapshot would be if a member went down now. It is
// control's call and changes nothing.
func (d *Distributor) Without(id uint16) *Snapshot {
	trial := &Distributor{hasher: d.hasher, cfg: d.cfg, members: d.members}
	trial.home, trial.want, trial.live = clone(d.home), clone(d.want), clone(d.live)
	members := append([]Member(nil), d.members...)
	for i := range members {
		if members[i].ID == id {
			members[i].Up = false
		}
	}
	// It cannot fail: the members were accepted before.
	_, _ = trial.Update(members)
	return trial.Snapshot()
}

func clone(table []int32) []int32 { return append([]int32(nil), table...) }
